/** What a client's stream is made from: a trace that runs for it, or a session that it reads. */
import type { Dictionary, Totals, TraceInfo } from "../collector/messages.js";
import type { TraceEndReason } from "../gen/ipftrace/v1/trace_service.js";
import type { Baseline, OwnCounts } from "./account.js";
import type { Delivery } from "./queue.js";

/** What a feed tells its stream, besides what comes through its delivery. */
export interface FeedEvents {
  progress(attached: number, total: number): void;
  /** Comes before the first batch that uses it. */
  dictionary(dictionary: Dictionary): void;
  totals(totals: Totals): void;
  /** There is a reason to end the stream; `detail` says more of it. */
  over(reason: TraceEndReason, detail?: string): void;
}

/** How a stream begins. */
export interface FeedStart {
  readonly info: TraceInfo;
  readonly baseline: Baseline;
  /** What was told before. */
  readonly dictionary: Dictionary;
  /** The session that is read; empty for a trace. */
  readonly sessionName: string;
}

/** `N` is the type of notices. */
export interface Feed<N> {
  /** What the client is to be sent, and in which order. */
  readonly delivery: Delivery<N>;
  /** Number of the session that is read; undefined for a trace. */
  readonly sessionId: bigint | undefined;
  /** Where events went on the client's own part of the way. */
  readonly counts: OwnCounts;
  /** Where events went up to what was read last; undefined where only the collector knows. */
  readonly current: Totals | undefined;
  /** Begins; nothing but progress is told before the promise is fulfilled. @throws IpftraceError */
  start(events: FeedEvents): Promise<FeedStart>;
  /** The client has been told how it begins: from now on there may be a reason to end. */
  begun(): void;
  /** Asks for totals; they come as an event. */
  requestTotals(): void;
  /** Ends in good order: everything that is to come has come when this resolves. @returns the totals that end the account */
  leave(): Promise<Totals>;
  /** Ends at once. */
  abandon(): void;
}
