/**
 * Which journeys one client gets of those that all get: the sample that it asked for, as many a second
 * as it wants, and no more than its limit. Asked in this order, and what is left out is counted.
 */
import type { EncodedBatch } from "../collector/messages.js";
import { IndexWord } from "../encode/batcher.js";
import { indexWord, pick } from "./pick.js";

/** What a client asked for; as in TraceOptions. */
export interface SelectionOptions {
  /** 0: no limit. */
  readonly maxJourneys: number;
  /** 0: no limit. */
  readonly maxJourneysPerSecond: number;
  /** 1: all. */
  readonly sampleOneIn: number;
}

/** The selection of one client. */
export class Selection {
  readonly #options: SelectionOptions;
  readonly #isEverything: boolean;
  #journeys = 0;
  /** Journeys that may be taken now: a bucket that holds those of a second. */
  #tokens: number;
  #filledMs: number;

  /** Events of journeys that were not asked for. */
  leftOutEvents = 0;
  /** Events above the rate limit. */
  limitedEvents = 0;
  /** Journeys of the newest batch that were looked at: all, unless the last one asked for was among them. */
  lookedAt = 0;

  /** `nowMs` is any clock that goes on evenly. */
  constructor(options: SelectionOptions, nowMs: number) {
    const { maxJourneys, maxJourneysPerSecond, sampleOneIn } = options;
    this.#options = options;
    this.#isEverything = maxJourneys === 0 && maxJourneysPerSecond === 0 && sampleOneIn <= 1;
    this.#tokens = maxJourneysPerSecond;
    this.#filledMs = nowMs;
  }

  /** Whether all that were asked for have been taken. */
  get isDone(): boolean {
    return this.#options.maxJourneys > 0 && this.#journeys >= this.#options.maxJourneys;
  }

  /** What the client gets of a batch; undefined for nothing. What comes behind the last journey asked for is left out. */
  take(batch: EncodedBatch, nowMs: number): EncodedBatch | undefined {
    const taken = this.takeUntilDone(batch, nowMs);
    for (let journey = this.lookedAt; journey < batch.journeys; journey++) {
      this.leftOutEvents += indexWord(batch, journey, IndexWord.EVENTS);
    }
    return taken;
  }

  /** The same, but what comes behind the last journey asked for is not looked at, and counts nowhere. */
  takeUntilDone(batch: EncodedBatch, nowMs: number): EncodedBatch | undefined {
    this.lookedAt = batch.journeys;
    if (this.#isEverything) return batch;
    this.lookedAt = 0;
    this.#refill(nowMs);
    return pick(batch, (journey) => !this.isDone && this.#takes(batch, journey));
  }

  #refill(nowMs: number): void {
    const { maxJourneysPerSecond } = this.#options;
    const refilled = this.#tokens + ((nowMs - this.#filledMs) / 1000) * maxJourneysPerSecond;
    this.#tokens = Math.min(refilled, maxJourneysPerSecond);
    this.#filledMs = nowMs;
  }

  #takes(batch: EncodedBatch, journey: number): boolean {
    const { maxJourneysPerSecond, sampleOneIn } = this.#options;
    const events = indexWord(batch, journey, IndexWord.EVENTS);
    this.lookedAt = journey + 1;
    if (sampleOneIn > 1 && indexWord(batch, journey, IndexWord.CONVERSATION) % sampleOneIn !== 0) {
      this.leftOutEvents += events;
      return false;
    }
    if (maxJourneysPerSecond > 0) {
      if (this.#tokens < 1) {
        this.limitedEvents += events;
        return false;
      }
      this.#tokens--;
    }
    this.#journeys++;
    return true;
  }
}
