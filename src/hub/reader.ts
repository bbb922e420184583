/**
 * One client's way through the history of a session: a position that moves on as the client
 * reads. It has no queue: what it has not read waits in the history, and what the history
 * forgets before it is read is lost, and counted.
 */
import type { EncodedBatch, Totals } from "../collector/messages.js";
import { accountedFor } from "./account.js";
import type { History, Mark } from "./history.js";
import type { Delivery, Entry } from "./queue.js";
import type { Selection } from "./selection.js";

/** What happens to a reader. */
export interface ReaderEvents {
  /** All that there is has been read. */
  paused(): void;
  /** The history forgot something unread. */
  overrun(): void;
}

/** What a reader reads, and what of it. */
export interface Reading {
  readonly history: History;
  readonly selection: Selection;
  /** Where to begin. */
  readonly start: Mark;
}

/** The reader of one client. `N` is the type of notices. */
export class HistoryReader<N> implements Delivery<N> {
  readonly #history: History;
  readonly #selection: Selection;
  readonly #notices: N[] = [];
  #last: N | undefined;
  #at: Mark;
  /** Behind it nothing is read any more. */
  #limit: Mark | undefined;
  #isOpen = false;
  #isFinished = false;
  #wake: (() => void) | undefined;
  readonly #events: ReaderEvents;

  /** Events that were forgotten before they were read. */
  lostEvents = 0;
  readonly bytes = 0;

  constructor({ history, selection, start }: Reading, events: ReaderEvents) {
    this.#history = history;
    this.#selection = selection;
    this.#at = start;
    this.#events = events;
  }

  /** Where the events went until here. */
  get totals(): Totals {
    const { position, events, totals } = this.#at;
    const known = position === this.#history.end.position ? this.#history.end.totals : totals;
    return { ...known, seen: accountedFor(known) + events };
  }

  /** From now on journeys are read; until then only notices. */
  open(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** What the history has now is the last that is read. */
  stopAtEnd(): void {
    this.#limit ??= this.#history.end;
    this.wake();
  }

  notify(notice: N): void {
    if (this.#isFinished) return;
    this.#notices.push(notice);
    this.wake();
  }

  finish(last: N | undefined): void {
    this.#last = last;
    this.#isFinished = true;
    this.#limit ??= this.#at;
    this.wake();
  }

  /** There is something new. */
  wake(): void {
    this.#wake?.();
  }

  async next(): Promise<Entry<N> | undefined> {
    for (;;) {
      const entry = this.#nextNow();
      if (entry !== undefined) return { ...entry, mark: this.#at };
      if (this.#isFinished) return undefined;
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#isOpen) this.#events.paused();
      await woken;
    }
  }

  #nextNow(): Entry<N> | undefined {
    const notice = this.#notices.shift();
    if (notice !== undefined) return { notice };
    const batch = this.#readBatch();
    if (batch !== undefined) return { batch };
    if (!this.#isFinished || this.#last === undefined) return undefined;
    const last = this.#last;
    this.#last = undefined;
    return { notice: last };
  }

  /** The next journeys that the client wants. */
  #readBatch(): EncodedBatch | undefined {
    while (this.#isOpen && !this.#selection.isDone) {
      this.#skipForgotten();
      if (this.#limit !== undefined && this.#at.position >= this.#limit.position) return undefined;
      const found = this.#history.read(this.#at.position);
      if (found === undefined) return undefined;
      const taken = this.#selection.takeUntilDone(found.batch, performance.now());
      const { lookedAt } = this.#selection;
      this.#at = lookedAt === found.batch.journeys ? found.behind : this.#history.markAt(this.#at.position + lookedAt);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  #skipForgotten(): void {
    const { oldest } = this.#history;
    const isBeyond = this.#limit !== undefined && oldest.position > this.#limit.position;
    const next = isBeyond ? (this.#limit as Mark) : oldest;
    if (this.#at.position >= next.position) return;
    this.lostEvents += next.events - this.#at.events;
    this.#at = next;
    this.#events.overrun();
  }
}
