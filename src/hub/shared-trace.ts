/**
 * One trace of the collector and those who asked for it: started for the first of them, told to
 * all, taken out of the kernel with the last.
 *
 *   starting → running → stopping
 *
 * Who comes while it runs gets what is delivered from then on; its account begins there. Who leaves
 * while others stay gets the journeys that are open then, as they stand.
 */
import type { TraceEvents, TraceHandle } from "../collector/events.js";
import type { Dictionary, EncodedBatch, Totals, TraceInfo } from "../collector/messages.js";
import { IpftraceError } from "../errors.js";
import { type Baseline, FROM_THE_START, NO_TOTALS } from "./account.js";
import { KnownNames } from "./known-names.js";

/** Somebody who gets what a trace tells. Nothing comes before the promise of {@link SharedTrace.join} is fulfilled, but progress. */
export interface Subscriber {
  progress(attached: number, total: number): void;
  batch(batch: EncodedBatch): void;
  dictionary(dictionary: Dictionary): void;
  totals(totals: Totals): void;
  /** It costs too much and is being stopped; `detail` says how much. Journeys that are open still come. */
  overBudget(detail: string): void;
  /** Nothing more comes. */
  failed(error: Error): void;
}

/** What somebody who joins has to know. */
export interface Joined {
  readonly info: TraceInfo;
  readonly baseline: Baseline;
  /** What was told before. */
  readonly dictionary: Dictionary;
}

interface Joining {
  readonly subscriber: Subscriber;
  resolve(joined: Joined): void;
  reject(error: Error): void;
}

/** A trace that is shared. */
export class SharedTrace implements TraceEvents {
  readonly #starting: Promise<TraceHandle>;
  readonly #subscribers = new Set<Subscriber>();
  readonly #joining = new Set<Joining>();
  readonly #names = new KnownNames();
  #totals = NO_TOTALS;
  #deliveredEvents = 0;
  #handle: TraceHandle | undefined;
  #failure: Error | undefined;
  #stopping: Promise<Totals> | undefined;
  #isOverBudget = false;

  /** Calls `start` at once. */
  constructor(start: (events: TraceEvents) => Promise<TraceHandle>) {
    this.#starting = start(this);
    // Whoever joins is told.
    this.#starting.then(
      (handle) => {
        this.#handle = handle;
      },
      (error: unknown) => {
        this.#failure = error as Error;
      },
    );
  }

  /** Whether it will take nobody any more. */
  get isOver(): boolean {
    return this.#failure !== undefined || this.#stopping !== undefined;
  }

  /** Those who get what it tells, or wait to. */
  get size(): number {
    return this.#subscribers.size + this.#joining.size;
  }

  /** Takes somebody in. @throws what starting it threw */
  async join(subscriber: Subscriber): Promise<Joined> {
    if (this.#handle !== undefined) return this.#joinRunning(this.#handle, subscriber);
    this.#subscribers.add(subscriber);
    try {
      const { info } = await this.#starting;
      return { info, baseline: FROM_THE_START, dictionary: this.#names.all };
    } catch (reason) {
      this.#subscribers.delete(subscriber);
      throw reason;
    }
  }

  /**
   * Between two messages of the collector, so that what is told from then on is all that is missing. At once
   * one of those who are here: the last one to leave must know that somebody has come.
   */
  #joinRunning(handle: TraceHandle, subscriber: Subscriber): Promise<Joined> {
    return new Promise((resolve, reject) => {
      this.#joining.add({ subscriber, resolve, reject });
      handle.requestTotals();
    });
  }

  #admit(info: TraceInfo): void {
    const baseline = { totals: this.#totals, deliveredEvents: this.#deliveredEvents };
    for (const { subscriber, resolve } of this.#joining) {
      this.#subscribers.add(subscriber);
      resolve({ info, baseline, dictionary: this.#names.all });
    }
    this.#joining.clear();
  }

  /** Asks for totals; they come as an event, to all. */
  requestTotals(): void {
    void this.#starting.then(({ requestTotals }) => requestTotals()).catch(() => {});
  }

  /** Resolves when every journey that has begun has been told. */
  async flush(): Promise<void> {
    const handle = await this.#starting;
    await handle.flush();
  }

  /** Lets somebody go that has been told everything; the totals that end its account. The last one ends the trace. */
  async leave(subscriber: Subscriber): Promise<Totals> {
    const handle = await this.#starting;
    if (this.size > 1 && this.#failure === undefined && !this.#isOverBudget) {
      const { batches, totals } = await handle.snapshot();
      for (const batch of batches) subscriber.batch(batch);
      this.#subscribers.delete(subscriber);
      // Others may have left in the meantime, each believing that somebody stays.
      if (this.size === 0) await this.stop();
      return totals;
    }
    const totals = await this.stop();
    this.#subscribers.delete(subscriber);
    return totals;
  }

  /** Lets somebody go that is gone; the trace goes on. */
  abandon(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    for (const joining of this.#joining) if (joining.subscriber === subscriber) this.#joining.delete(joining);
  }

  /** Takes it out of the kernel; safe to call twice. */
  stop(): Promise<Totals> {
    this.#stopping ??= this.#starting
      .then((handle) => handle.stop())
      .finally(() => this.#turnAway(new IpftraceError("UNAVAILABLE", "the trace has just ended")));
    return this.#stopping;
  }

  /** TraceEvents: what the collector tells. */
  progress(attached: number, total: number): void {
    for (const subscriber of this.#subscribers) subscriber.progress(attached, total);
  }

  batch(batch: EncodedBatch): void {
    this.#deliveredEvents += batch.events;
    for (const subscriber of this.#subscribers) subscriber.batch(batch);
  }

  dictionary(dictionary: Dictionary): void {
    this.#names.add(dictionary);
    for (const subscriber of this.#subscribers) subscriber.dictionary(dictionary);
  }

  totals(totals: Totals): void {
    this.#totals = totals;
    if (this.#joining.size > 0) void this.#starting.then(({ info }) => this.#admit(info));
    for (const subscriber of this.#subscribers) subscriber.totals(totals);
  }

  /** At once, and for all: the node is not to wait until each of them has left. */
  overBudget(detail: string): void {
    this.#isOverBudget = true;
    void this.stop().catch(() => {});
    this.#refuse(new IpftraceError("LIMIT_REACHED", `the trace was ended: ${detail}`));
    for (const subscriber of this.#subscribers) subscriber.overBudget(detail);
  }

  #refuse(error: Error): void {
    for (const { reject } of this.#joining) reject(error);
    this.#joining.clear();
  }

  failed(error: Error): void {
    this.#failure = error;
    this.#refuse(error);
    for (const subscriber of this.#subscribers) subscriber.failed(error);
  }

  /** Tells those who wait to come in that they cannot. */
  #turnAway(error: Error): void {
    for (const { reject } of this.#joining) reject(error);
    this.#joining.clear();
  }
}
