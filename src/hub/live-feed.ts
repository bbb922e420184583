/** A client of a trace that runs: what it asked for of it goes into its queue. */
import type { Dictionary, EncodedBatch, Totals } from "../collector/messages.js";
import { publicMessageOf } from "../errors.js";
import { TraceEndReason } from "../gen/ipftrace/v1/trace_service.js";
import type { OwnCounts } from "./account.js";
import type { Feed, FeedEvents, FeedStart } from "./feed.js";
import { ClientQueue, type Overflow } from "./queue.js";
import { Selection, type SelectionOptions } from "./selection.js";
import type { Subscriber } from "./shared-trace.js";
import type { Place, TracePool, Wanted } from "./trace-pool.js";

/** What the client asked for of the trace. */
export interface LiveOptions extends SelectionOptions {
  readonly queueBytes: number;
  readonly overflow: Overflow;
}

/** The feed of one client. */
export class LiveFeed<N> implements Feed<N>, Subscriber {
  readonly #pool: TracePool;
  readonly #wanted: Wanted;
  readonly #selection: Selection;
  readonly delivery: ClientQueue<N>;
  #events: FeedEvents | undefined;
  #place: Place | undefined;

  constructor(pool: TracePool, wanted: Wanted, options: LiveOptions) {
    this.#pool = pool;
    this.#wanted = wanted;
    this.#selection = new Selection(options, performance.now());
    this.delivery = new ClientQueue(options.queueBytes, options.overflow);
  }

  get counts(): OwnCounts {
    const { leftOutEvents, limitedEvents } = this.#selection;
    return { leftOut: leftOutEvents, limited: limitedEvents, queue: this.delivery.lostEvents, history: 0 };
  }

  async start(events: FeedEvents): Promise<FeedStart> {
    this.#events = events;
    this.#place = this.#pool.enter(this.#wanted, this);
    return { ...(await this.#place.joined), sessionName: "" };
  }

  get sessionId(): undefined {
    return undefined;
  }

  get current(): undefined {
    return undefined;
  }

  begun(): void {}

  requestTotals(): void {
    this.#place?.requestTotals();
  }

  async leave(): Promise<Totals> {
    if (this.#place === undefined) throw new Error("nobody leaves a trace that was not joined");
    return this.#place.leave();
  }

  abandon(): void {
    this.#place?.abandon();
  }

  /** Subscriber: what the trace tells. */
  progress(attached: number, total: number): void {
    this.#events?.progress(attached, total);
  }

  batch(batch: EncodedBatch): void {
    const taken = this.#selection.take(batch, performance.now());
    if (taken !== undefined) this.delivery.push(taken);
    if (this.delivery.isOverflown) this.#events?.over(TraceEndReason.TRACE_END_REASON_OVERFLOW);
    else if (this.#selection.isDone) this.#events?.over(TraceEndReason.TRACE_END_REASON_LIMIT);
  }

  dictionary(dictionary: Dictionary): void {
    this.#events?.dictionary(dictionary);
  }

  totals(totals: Totals): void {
    this.#events?.totals(totals);
  }

  overBudget(detail: string): void {
    this.#events?.over(TraceEndReason.TRACE_END_REASON_OVER_BUDGET, detail);
  }

  failed(error: Error): void {
    this.#events?.over(TraceEndReason.TRACE_END_REASON_FAILED, publicMessageOf(error));
  }
}
