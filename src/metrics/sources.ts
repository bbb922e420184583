/** What metrics are made of: numbers that are asked for at each scrape, and what happens in between. */

/** Where events of all clients went; as in `Account` of the contract. */
interface Events {
  readonly seen: bigint;
  readonly filtered: bigint;
  readonly delivered: bigint;
  readonly matchedPackets: bigint;
  readonly journeys: bigint;
  readonly hops: bigint;
  /** By the name of the stage, as `ring`. */
  readonly lost: ReadonlyMap<string, bigint>;
}

/** The server in numbers, at one moment. */
export interface Figures {
  /** In the kernel. */
  readonly traces: number;
  /** Clients that read a stream. */
  readonly subscribers: number;
  readonly sessions: number;
  /** Batches that wait for clients. */
  readonly queuedBytes: number;
  readonly sentBatches: number;
  readonly sentBytes: number;
  readonly events: Events;
  /** Of the programs of traces that have a budget, on all CPUs. */
  readonly programRuns: bigint;
  readonly programRunNs: bigint;
  /** Whether health is SERVING. */
  readonly isServing: boolean;
  /** Share of the time, 0 to 1, in which the collector's thread was busy since the last time. */
  readonly collectorUtilization: number;
  /** When the first of the certificates in use expires, in seconds since 1970; undefined without TLS. */
  readonly certificateExpiryS: number | undefined;
}

/** An RPC that has ended. */
export interface EndedCall {
  /** `/ipftrace.v1.TraceService/Trace`; only names that the server has. */
  readonly method: string;
  /** The name of the status: `OK`, `NOT_FOUND`. */
  readonly code: string;
  readonly seconds: number;
}

/** What happened, told as it happens. */
export interface Happenings {
  callEnded(call: EndedCall): void;
  /** A trace stands. */
  attached(backend: string, seconds: number): void;
  /** A trace is out of the kernel. */
  detached(seconds: number): void;
}
