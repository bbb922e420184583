/** What the collector tells of traces and of itself, and how a trace is handled. */
import type { BackendName, Dictionary, EncodedBatch, Snapshot, Totals, TraceInfo } from "./messages.js";

/** What a trace tells, in this order: progress*, then batches, dictionaries and totals, then ended or failed once. */
export interface TraceEvents {
  progress(attached: number, total: number): void;
  batch(batch: EncodedBatch): void;
  /** Comes before the first batch that uses it. */
  dictionary(dictionary: Dictionary): void;
  totals(totals: Totals): void;
  /** It costs too much though it follows nothing, `detail` says how much: it is to be stopped. */
  overBudget(detail: string): void;
  /** The collector broke down: nothing more comes. */
  failed(error: Error): void;
}

/** A trace that is running. */
export interface TraceHandle {
  readonly info: TraceInfo;
  /** Asks for totals; they come as an event. */
  requestTotals(): void;
  /** The journeys that are open, for somebody who leaves. All that has ended has come when this resolves. */
  snapshot(): Promise<Snapshot>;
  /** Resolves when every journey that has begun by now has come. */
  flush(): Promise<void>;
  /** Takes the trace out of the kernel; all its batches have come when this resolves. Safe to call twice. */
  stop(): Promise<Totals>;
}

/** What a collector tells of itself. */
export interface CollectorWatch {
  /** A trace stands, after so long. */
  attached(backend: BackendName, seconds: number): void;
  /** A trace is out of the kernel, after so long. */
  detached(seconds: number): void;
  /** A trace that ran broke down. */
  failed(error: Error): void;
  /** The worker has ended unasked; the next request starts another. */
  broken(error: Error): void;
}
