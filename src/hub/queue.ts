/**
 * The queue of one client: bounded in bytes, so that a slow client costs only itself.
 *
 * Batches are dropped by policy when there is no room, and counted; notices (started,
 * loss, heartbeat, ended) are few and small, and are never dropped.
 */
import type { EncodedBatch } from "../collector/messages.js";

/** What to do with batches when the queue is full. */
export type Overflow = "drop-oldest" | "drop-newest" | "terminate";

/** One entry: an encoded batch, or a notice that is made when it is sent. */
export type Entry<N> = { readonly batch: EncodedBatch } | { readonly notice: N };

/** A queue with one reader. `N` is the type of notices. */
export class ClientQueue<N> {
  readonly #maxBytes: number;
  readonly #overflow: Overflow;
  readonly #entries: Entry<N>[] = [];
  #bytes = 0;
  #isEnded = false;
  #wake: (() => void) | undefined;

  /** Events that were dropped. */
  lostEvents = 0;
  /** Whether a batch was refused with the policy "terminate". */
  isOverflown = false;

  constructor(maxBytes: number, overflow: Overflow) {
    this.#maxBytes = maxBytes;
    this.#overflow = overflow;
  }

  /** Bytes of batches that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a batch, or drops it or older ones, as the policy says. */
  push(batch: EncodedBatch): void {
    if (this.#isEnded) {
      this.lostEvents += batch.events;
      return;
    }
    if (this.#bytes + batch.bytes.length > this.#maxBytes && !this.#makeRoom(batch)) {
      this.lostEvents += batch.events;
      return;
    }
    this.#bytes += batch.bytes.length;
    this.#add({ batch });
  }

  /** Whether the batch may be added. */
  #makeRoom(batch: EncodedBatch): boolean {
    if (this.#overflow === "terminate") this.isOverflown = true;
    if (this.#overflow !== "drop-oldest" || batch.bytes.length > this.#maxBytes) return false;
    while (this.#bytes + batch.bytes.length > this.#maxBytes) this.#dropOldest();
    return true;
  }

  #dropOldest(): void {
    const at = this.#entries.findIndex((entry) => "batch" in entry);
    for (const entry of this.#entries.splice(at, 1)) {
      if (!("batch" in entry)) continue;
      this.#bytes -= entry.batch.bytes.length;
      this.lostEvents += entry.batch.events;
    }
  }

  /** Adds a notice. */
  notify(notice: N): void {
    if (!this.#isEnded) this.#add({ notice });
  }

  #add(entry: Entry<N>): void {
    this.#entries.push(entry);
    this.#wake?.();
  }

  /** Nothing is added any more; what waits is still read. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** The next entry, as soon as there is one; undefined when the queue has ended and is empty. */
  async next(): Promise<Entry<N> | undefined> {
    while (this.#entries.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const entry = this.#entries.shift();
    if (entry !== undefined && "batch" in entry) this.#bytes -= entry.batch.bytes.length;
    return entry;
  }
}
