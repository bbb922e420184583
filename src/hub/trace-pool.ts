/** The traces that run: those who ask for the same get the same one. */
import type { TraceEvents, TraceHandle } from "../collector/events.js";
import type { Totals, TraceSpec } from "../collector/messages.js";
import { IpftraceError } from "../errors.js";
import { type Joined, SharedTrace, type Subscriber } from "./shared-trace.js";

/** How many traces there may be, and for how long. */
export interface PoolLimits {
  readonly maxTraces: number;
  /** Ring buffers of all of them, bytes. */
  readonly maxTotalRingBytes: number;
  /** Milliseconds for which a trace goes on when the last client vanished: it may come back. */
  readonly graceMs: number;
}

/** What is wanted. */
export interface Wanted {
  /** Equal for equal traces. */
  readonly key: string;
  readonly spec: TraceSpec;
}

/** Somebody's place in a shared trace. */
export interface Place {
  /** Fulfilled when the trace runs and everything from then on is told. */
  readonly joined: Promise<Joined>;
  /** Asks for totals; they come as an event. */
  requestTotals(): void;
  /** Resolves when every journey that has begun has been told. */
  flush(): Promise<void>;
  /** Leaves in good order: everything that is open comes first. */
  leave(): Promise<Totals>;
  /** Leaves at once. */
  abandon(): void;
}

interface Entry {
  readonly wanted: Wanted;
  readonly shared: SharedTrace;
  grace: NodeJS.Timeout | undefined;
}

/** All traces of a server. */
export class TracePool {
  readonly #start: (spec: TraceSpec, events: TraceEvents) => Promise<TraceHandle>;
  readonly #limits: PoolLimits;
  readonly #entries = new Set<Entry>();

  constructor(start: (spec: TraceSpec, events: TraceEvents) => Promise<TraceHandle>, limits: PoolLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** Traces in the kernel, or on their way into it or out of it. */
  get size(): number {
    return this.#entries.size;
  }

  /** Joins the trace that is wanted, or starts it. @throws IpftraceError LIMIT_REACHED */
  enter(wanted: Wanted, subscriber: Subscriber): Place {
    const entry = this.#find(wanted.key) ?? this.#add(wanted);
    clearTimeout(entry.grace);
    const { shared } = entry;
    const joined = shared.join(subscriber);
    // Whoever waits for it is told; it is not unhandled when nobody does.
    joined.catch(() => this.#tidy(entry));
    return {
      joined,
      requestTotals: () => shared.requestTotals(),
      flush: () => shared.flush(),
      leave: async () => {
        try {
          return await shared.leave(subscriber);
        } finally {
          this.#tidy(entry);
        }
      },
      abandon: () => {
        shared.abandon(subscriber);
        if (shared.size === 0) this.#endLater(entry);
      },
    };
  }

  #find(key: string): Entry | undefined {
    return [...this.#entries].find(({ wanted, shared }) => wanted.key === key && !shared.isOver);
  }

  #add(wanted: Wanted): Entry {
    this.#refuseBeyondLimits(wanted.spec.ringBytes);
    const shared = new SharedTrace((events) => this.#start(wanted.spec, events));
    const entry: Entry = { wanted, shared, grace: undefined };
    this.#entries.add(entry);
    return entry;
  }

  #refuseBeyondLimits(ringBytes: number): void {
    const { maxTraces, maxTotalRingBytes } = this.#limits;
    if (this.#entries.size >= maxTraces) {
      throw IpftraceError.overLimit("max_traces", `this server runs ${maxTraces} traces at most, and all are taken`);
    }
    const taken = [...this.#entries].reduce((sum, { wanted }) => sum + wanted.spec.ringBytes, 0);
    if (taken + ringBytes <= maxTotalRingBytes) return;
    throw IpftraceError.overLimit(
      "max_total_ring_bytes",
      `the traces of this server have rings of ${taken} bytes, and ${maxTotalRingBytes} are the most: ask for less than ring_bytes ${ringBytes}`,
    );
  }

  #endLater(entry: Entry): void {
    clearTimeout(entry.grace);
    if (this.#limits.graceMs === 0 || entry.shared.isOver) this.#end(entry);
    else entry.grace = setTimeout(() => this.#end(entry), this.#limits.graceMs);
  }

  #end(entry: Entry): void {
    // What fails here, fails for nobody.
    entry.shared
      .stop()
      .catch(() => {})
      .finally(() => this.#entries.delete(entry));
  }

  /** Forgets a trace that has ended. */
  #tidy(entry: Entry): void {
    if (entry.shared.isOver && entry.shared.size === 0) this.#entries.delete(entry);
  }

  /** Ends what goes on for nobody. */
  async close(): Promise<void> {
    const stopping = [...this.#entries].map(async (entry) => {
      clearTimeout(entry.grace);
      await entry.shared.stop().catch(() => {});
    });
    await Promise.all(stopping);
    this.#entries.clear();
  }
}
