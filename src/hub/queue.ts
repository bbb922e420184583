/**
 * The queue of one client: bounded in bytes, so that a slow client costs only itself.
 *
 * Batches are dropped by policy when there is no room, and counted; notices (started,
 * loss, heartbeat, ended) are few and small, and are never dropped.
 */
import type { EncodedBatch } from "../collector/messages.js";
import type { Mark } from "./history.js";
import { sizeOf } from "./pick.js";

/** What to do with batches when the queue is full. */
export type Overflow = "drop-oldest" | "drop-newest" | "terminate";

/** One entry: an encoded batch, or a notice that is made when it is sent. */
export type Entry<N> = ({ readonly batch: EncodedBatch } | { readonly notice: N }) & {
  /** Where a client may go on after it; absent where it cannot. */
  readonly mark?: Mark;
};

/** What waits for one client. `N` is the type of notices. */
export interface Delivery<N> {
  /** Events that were dropped. */
  readonly lostEvents: number;
  /** Bytes of batches that wait for this client alone. */
  readonly bytes: number;
  notify(notice: N): void;
  /** Nothing is added any more but this; what waits is still read. */
  finish(last: N | undefined): void;
  /** The next entry, as soon as there is one; undefined when everything has been read. */
  next(): Promise<Entry<N> | undefined>;
}

/** A queue with one reader. */
export class ClientQueue<N> implements Delivery<N> {
  readonly #maxBytes: number;
  readonly #overflow: Overflow;
  readonly #entries: Entry<N>[] = [];
  #bytes = 0;
  #isEnded = false;
  #wake: (() => void) | undefined;

  lostEvents = 0;
  /** Whether a batch was refused with the policy "terminate". */
  isOverflown = false;

  constructor(maxBytes: number, overflow: Overflow) {
    this.#maxBytes = maxBytes;
    this.#overflow = overflow;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a batch, or drops it or older ones, as the policy says. */
  push(batch: EncodedBatch): void {
    if (this.#isEnded) {
      this.lostEvents += batch.events;
      return;
    }
    if (this.#bytes + sizeOf(batch) > this.#maxBytes && !this.#makeRoom(batch)) {
      this.lostEvents += batch.events;
      return;
    }
    this.#bytes += sizeOf(batch);
    this.#add({ batch });
  }

  /** Whether the batch may be added. */
  #makeRoom(batch: EncodedBatch): boolean {
    if (this.#overflow === "terminate") this.isOverflown = true;
    if (this.#overflow !== "drop-oldest" || sizeOf(batch) > this.#maxBytes) return false;
    while (this.#bytes + sizeOf(batch) > this.#maxBytes) this.#dropOldest();
    return true;
  }

  #dropOldest(): void {
    const at = this.#entries.findIndex((entry) => "batch" in entry);
    for (const entry of this.#entries.splice(at, 1)) {
      if (!("batch" in entry)) continue;
      this.#bytes -= sizeOf(entry.batch);
      this.lostEvents += entry.batch.events;
    }
  }

  notify(notice: N): void {
    if (!this.#isEnded) this.#add({ notice });
  }

  #add(entry: Entry<N>): void {
    this.#entries.push(entry);
    this.#wake?.();
  }

  finish(last: N | undefined): void {
    if (last !== undefined) this.notify(last);
    this.#isEnded = true;
    this.#wake?.();
  }

  async next(): Promise<Entry<N> | undefined> {
    while (this.#entries.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const entry = this.#entries.shift();
    if (entry !== undefined && "batch" in entry) this.#bytes -= sizeOf(entry.batch);
    return entry;
  }
}
