/**
 * What a session has delivered: encoded batches in their order, bounded in bytes and age.
 *
 * A position is the number of journeys that came before, counted from the beginning of the
 * session: it names a place between two journeys for as long as the session lives, also when
 * what lies before it has been forgotten. Readers keep a position of their own (reader.ts),
 * so that a slow one costs nothing but what it does not get to see.
 */
import type { EncodedBatch, Totals } from "../collector/messages.js";
import { IndexWord } from "../encode/batcher.js";
import { NO_TOTALS } from "./account.js";
import { indexWord, pick, sizeOf } from "./pick.js";

/** How much is kept. */
export interface HistoryLimits {
  readonly maxBytes: number;
  /** 0: as long as there is room. */
  readonly maxAgeMs: number;
}

/** A place in the history, and what had happened until there. */
export interface Mark {
  /** Journeys before it. */
  readonly position: number;
  /** Their events. */
  readonly events: number;
  /** What the collector had told by then. */
  readonly totals: Totals;
}

/** A batch with its place. */
interface Kept {
  readonly batch: EncodedBatch;
  /** Where it begins. */
  readonly before: Mark;
  readonly addedMs: number;
}

/** In place of a batch that is forgotten, so that its memory is free at once. */
const FORGOTTEN: Kept = {
  batch: { bytes: new Uint8Array(0), index: new Uint32Array(0), journeys: 0, hops: 0, events: 0 },
  before: { position: 0, events: 0, totals: NO_TOTALS },
  addedMs: 0,
};

/** The history of one session. */
export class History {
  readonly #limits: HistoryLimits;
  /** The oldest first; those below `#first` are forgotten. */
  #kept: Kept[] = [];
  #first = 0;
  #bytes = 0;
  #end: Mark = { position: 0, events: 0, totals: NO_TOTALS };

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** Behind the newest journey. */
  get end(): Mark {
    return this.#end;
  }

  /** Before the oldest journey that is kept. */
  get oldest(): Mark {
    return this.#kept[this.#first]?.before ?? this.#end;
  }

  /** Bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest journey came, by the clock of {@link add}; undefined when there is none. */
  get oldestMs(): number | undefined {
    return this.#kept[this.#first]?.addedMs;
  }

  /** Takes the collector's newest totals. */
  note(totals: Totals): void {
    this.#end = { ...this.#end, totals };
  }

  /** Adds a batch, and forgets what is beyond the limits. One that is larger than them is forgotten at once. */
  add(batch: EncodedBatch, nowMs: number): void {
    this.#kept.push({ batch, before: this.#end, addedMs: nowMs });
    this.#bytes += sizeOf(batch);
    const { position, events, totals } = this.#end;
    this.#end = { position: position + batch.journeys, events: events + batch.events, totals };
    while (this.#bytes > this.#limits.maxBytes) this.#forgetOldest();
    this.forgetOld(nowMs);
  }

  /** Forgets what has been kept for too long. */
  forgetOld(nowMs: number): void {
    const { maxAgeMs } = this.#limits;
    while (maxAgeMs > 0 && this.oldestMs !== undefined && this.oldestMs + maxAgeMs <= nowMs) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const kept = this.#kept[this.#first] as Kept;
    this.#kept[this.#first++] = FORGOTTEN;
    this.#bytes -= sizeOf(kept.batch);
    // Moved together now and then, so that forgetting costs the same however much is kept.
    if (this.#first * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The place of a position; of one that is forgotten or not yet there, the nearest that is. */
  markAt(position: number): Mark {
    const kept = this.#kept[this.#indexOf(position)];
    if (kept === undefined || position >= this.#end.position) return this.#end;
    const { before, batch } = kept;
    let { events } = before;
    for (let journey = 0; journey < position - before.position; journey++) {
      events += indexWord(batch, journey, IndexWord.EVENTS);
    }
    return { position: Math.max(position, before.position), events, totals: before.totals };
  }

  /** The place before the first journey that came at `sinceMs` or later. */
  markSince(sinceMs: number): Mark {
    const kept = this.#kept.slice(this.#first).find(({ addedMs }) => addedMs >= sinceMs);
    return kept?.before ?? this.#end;
  }

  /** The journeys from a position on that came in one batch, and the place behind them; undefined at the end. */
  read(position: number): { readonly batch: EncodedBatch; readonly behind: Mark } | undefined {
    const index = this.#indexOf(position);
    const kept = this.#kept[index];
    if (kept === undefined || position < kept.before.position) return undefined;
    const skipped = position - kept.before.position;
    const batch = skipped === 0 ? kept.batch : pick(kept.batch, (journey) => journey >= skipped);
    if (batch === undefined) return undefined;
    return { batch, behind: this.#kept[index + 1]?.before ?? this.#end };
  }

  /** Index of the batch that has the journey behind a position: the oldest kept for a position that is forgotten. */
  #indexOf(position: number): number {
    let low = this.#first;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { before, batch } = this.#kept[middle] as Kept;
      if (before.position + batch.journeys > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
