/**
 * A trace that outlives its clients: what it delivers goes into a history, which any number of
 * clients read.
 *
 *   starting → running → ended → deleted
 *
 * An ended session can still be read.
 */
import type { Dictionary, EncodedBatch, Totals } from "../collector/messages.js";
import { publicMessageOf } from "../errors.js";
import type { Account } from "../gen/ipftrace/v1/loss.js";
import { TraceEndReason } from "../gen/ipftrace/v1/trace_service.js";
import { ClientAccount, NO_OWN_COUNTS, type OwnCounts } from "./account.js";
import { History, type HistoryLimits } from "./history.js";
import { KnownNames } from "./known-names.js";
import { Selection, type SelectionOptions } from "./selection.js";
import type { Joined, Subscriber } from "./shared-trace.js";
import type { Place, TracePool, Wanted } from "./trace-pool.js";

/** How a session is made. */
export interface SessionOptions extends SelectionOptions {
  readonly name: string;
  /** Number that no other session has. */
  readonly id: bigint;
  readonly history: HistoryLimits;
  /** 0: no limit. */
  readonly durationMs: number;
  /** Milliseconds without a reader after which `onExpired` is called; 0: never. */
  readonly expireAfterMs: number;
  readonly onExpired: () => void;
}

/** Why and how a session's trace ended. */
export interface SessionEnd {
  readonly reason: TraceEndReason;
  readonly detail: string;
}

/** Somebody who reads the session. */
export interface SessionReader {
  /** There is something new to read. */
  wake(): void;
  /** What is known of the collector's losses is newer. */
  noted(): void;
  /** Comes before the first batch that uses it. */
  dictionary(dictionary: Dictionary): void;
  /** What the history has now is all that it will ever have. */
  over(end: SessionEnd): void;
}

/** A session. */
export class Session implements Subscriber {
  readonly options: SessionOptions;
  readonly history: History;
  readonly #selection: Selection;
  readonly #place: Place;
  #account = new ClientAccount();
  readonly #names = new KnownNames();
  readonly #readers = new Set<SessionReader>();
  #joined: Joined | undefined;
  #ending: Promise<void> | undefined;
  #duration: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #aging: NodeJS.Timeout | undefined;

  /** How its trace ended; undefined while it runs. */
  end: SessionEnd | undefined;

  private constructor(pool: TracePool, wanted: Wanted, options: SessionOptions) {
    this.options = options;
    this.history = new History(options.history);
    this.#selection = new Selection(options, performance.now());
    this.#place = pool.enter(wanted, this);
  }

  /** Starts one. @throws IpftraceError as starting its trace does */
  static async start(pool: TracePool, wanted: Wanted, options: SessionOptions): Promise<Session> {
    const session = new Session(pool, wanted, options);
    await session.#begin();
    return session;
  }

  async #begin(): Promise<void> {
    this.#joined = await this.#place.joined;
    this.#names.add(this.#joined.dictionary);
    this.#account = new ClientAccount(this.#joined.baseline);
    this.history.note(this.#joined.baseline.totals);
    const { durationMs, history } = this.options;
    if (durationMs > 0) {
      this.#duration = setTimeout(() => this.#finish(TraceEndReason.TRACE_END_REASON_LIMIT), durationMs);
    }
    if (history.maxAgeMs > 0) {
      const forget = (): void => this.history.forgetOld(performance.now());
      this.#aging = setInterval(forget, Math.max(history.maxAgeMs / 4, 100));
    }
    this.#expectReaders();
  }

  /** How its trace was set up. */
  get joined(): Joined {
    if (this.#joined === undefined) throw new Error("a session is used before it runs");
    return this.#joined;
  }

  /** What numbers in its journeys stand for, so far. */
  get knownNames(): Dictionary {
    return this.#names.all;
  }

  /** Streams that read it. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Where the events of its trace went. */
  get account(): Account {
    return this.#account.account();
  }

  get #counts(): OwnCounts {
    const { leftOutEvents, limitedEvents } = this.#selection;
    return { ...NO_OWN_COUNTS, leftOut: leftOutEvents, limited: limitedEvents };
  }

  /** Takes in somebody who reads it, and is told from now on. */
  attach(reader: SessionReader): void {
    clearTimeout(this.#expiry);
    this.#readers.add(reader);
  }

  /** Lets them go. */
  detach(reader: SessionReader): void {
    this.#readers.delete(reader);
    this.#expectReaders();
  }

  #expectReaders(): void {
    const { expireAfterMs, onExpired } = this.options;
    clearTimeout(this.#expiry);
    if (expireAfterMs > 0 && this.#readers.size === 0) this.#expiry = setTimeout(onExpired, expireAfterMs);
  }

  /** Resolves when every journey that had begun is in the history. */
  async flush(): Promise<void> {
    if (this.#ending === undefined) await this.#place.flush();
    else await this.#ending;
  }

  /** Ends its trace in good order, unless it has ended; resolves when everything is in the history. */
  async stop(reason: TraceEndReason): Promise<void> {
    await this.#finish(reason);
  }

  /** Ends it for its readers, too. */
  async delete(): Promise<void> {
    clearTimeout(this.#expiry);
    clearInterval(this.#aging);
    await this.stop(TraceEndReason.TRACE_END_REASON_SESSION_DELETED);
    this.#tellEnd({ reason: TraceEndReason.TRACE_END_REASON_SESSION_DELETED, detail: "" });
  }

  #finish(reason: TraceEndReason, detail = ""): Promise<void> {
    this.#ending ??= this.#leave({ reason, detail });
    return this.#ending;
  }

  async #leave(end: SessionEnd): Promise<void> {
    clearTimeout(this.#duration);
    try {
      this.#take(await this.#place.leave());
      this.end = end;
    } catch (cause) {
      const failed = { reason: TraceEndReason.TRACE_END_REASON_FAILED, detail: publicMessageOf(cause) };
      this.end = end.reason === TraceEndReason.TRACE_END_REASON_FAILED ? end : failed;
    }
    this.#tellEnd(this.end);
  }

  #tellEnd(end: SessionEnd): void {
    for (const reader of [...this.#readers]) reader.over(end);
  }

  #take(totals: Totals): void {
    // What the session left out of its history is, for its readers, as if it had not matched.
    const { leftOut, limited } = this.#counts;
    this.history.note({ ...totals, filtered: totals.filtered + leftOut + limited });
    this.#account.update(totals, this.#counts, process.hrtime.bigint());
  }

  /** Subscriber: what the trace tells. */
  progress(): void {}

  batch(batch: EncodedBatch): void {
    const taken = this.#selection.take(batch, performance.now());
    if (taken !== undefined) {
      this.history.add(taken, performance.now());
      this.#account.delivered(taken);
      for (const reader of this.#readers) reader.wake();
    }
    if (this.#selection.isDone) void this.#finish(TraceEndReason.TRACE_END_REASON_LIMIT);
  }

  dictionary(dictionary: Dictionary): void {
    this.#names.add(dictionary);
    for (const reader of this.#readers) reader.dictionary(dictionary);
  }

  totals(totals: Totals): void {
    if (this.#ending !== undefined) return;
    this.#take(totals);
    for (const reader of this.#readers) reader.noted();
  }

  overBudget(detail: string): void {
    void this.#finish(TraceEndReason.TRACE_END_REASON_OVER_BUDGET, detail);
  }

  failed(error: Error): void {
    void this.#finish(TraceEndReason.TRACE_END_REASON_FAILED, publicMessageOf(error));
  }
}
