import { Collector } from "../../src/collector/collector.js";
import type { TraceEvents, TraceHandle } from "../../src/collector/events.js";
import type {
  EncodedBatch,
  Explanation,
  NodeInfo,
  Totals,
  TraceInfo,
  TraceSpec,
} from "../../src/collector/messages.js";
import type { Module } from "../../src/gen/ipftrace/v1/custom.js";
import { JourneyBatch, PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import type { Manifest, TraceableFunction } from "../../src/gen/ipftrace/v1/manifest.js";
import type { InstalledModule } from "../../src/gen/ipftrace/v1/trace_service.js";
import { NO_TOTALS } from "../../src/hub/account.js";

/** How a fake trace was set up. */
const traceInfo: TraceInfo = {
  backend: "tracepoint",
  passedOver: [{ backend: "kprobe", available: false, reason: "refused here", remedy: "run as root" }],
  functions: [{ functionId: 1, name: "tracepoint:net_dev_queue", module: "vmlinux", group: "g", egress: false }],
  skipped: [],
  interfaces: [{ netns: 4_026_531_840, ifindex: 1, name: "lo" }],
  schemas: [],
};

/** An encoded batch of journeys with these numbers, two events apiece, and padding in each. */
export function batchOf(ids: readonly number[], paddingBytes = 0): EncodedBatch {
  const hops = paddingBytes === 0 ? [] : [{ function: "x".repeat(paddingBytes) }];
  const encoded = ids.map((id) => {
    return JourneyBatch.encode({ journeys: [PacketJourney.fromPartial({ journeyId: BigInt(id), hops })] }).finish();
  });
  let end = 0;
  const index = encoded.flatMap(({ length }, at) => {
    end += length;
    // Each is a conversation of its own.
    return [end, 1, 2, ids[at] as number];
  });
  return {
    bytes: new Uint8Array(Buffer.concat(encoded)),
    index: new Uint32Array(index),
    journeys: ids.length,
    hops: ids.length,
    events: ids.length * 2,
  };
}

/** A trace of the fake collector: the test makes it tell things. */
export class FakeTrace {
  readonly spec: TraceSpec;
  readonly events: TraceEvents;
  totals: Totals = NO_TOTALS;
  /** How often it was stopped. */
  stops = 0;
  /** Comes before the trace is out of the kernel: the last batches. */
  onStop: () => void | Promise<void> = () => {};
  /** Journeys that are open when somebody leaves: two events apiece. */
  open: readonly number[] = [];
  /** How often somebody left it. */
  snapshots = 0;
  /** What flush() waits for. */
  flushing: Promise<void> = Promise.resolve();
  /** What stop() throws, once set. */
  stopError: Error | undefined;

  constructor(spec: TraceSpec, events: TraceEvents) {
    this.spec = spec;
    this.events = events;
  }

  /** Makes a batch of journeys come; the totals count its events. */
  send(ids: readonly number[], paddingBytes = 0): void {
    const batch = batchOf(ids, paddingBytes);
    this.totals = { ...this.totals, seen: this.totals.seen + batch.events };
    this.events.batch(batch);
  }

  get handle(): TraceHandle {
    return {
      info: traceInfo,
      // A trace that has ended is asked in vain.
      requestTotals: () => {
        if (this.stops === 0) this.events.totals(this.totals);
      },
      snapshot: async () => {
        this.snapshots++;
        const batches = this.open.length === 0 ? [] : [batchOf(this.open)];
        return { batches, totals: { ...this.totals, seen: this.totals.seen + this.open.length * 2 } };
      },
      flush: () => this.flushing,
      stop: async () => {
        this.stops++;
        await this.onStop();
        if (this.stopError !== undefined) throw this.stopError;
        return this.totals;
      },
    };
  }
}

/** A collector without a kernel. */
export class FakeCollector extends Collector {
  readonly traces: FakeTrace[] = [];
  /** What start() waits for. */
  gate: Promise<void> = Promise.resolve();
  /** What start() throws, when set. */
  startError: Error | undefined;
  /** What was asked of functions(): manifests, and the expressions for names. */
  readonly askedManifests: (Manifest | undefined)[] = [];
  readonly askedRegexes: string[] = [];
  known: TraceableFunction[] = [];
  functionsError: Error | undefined;
  /** What was asked of explain(), and what it answers, or throws when set. */
  readonly explained: TraceSpec[] = [];
  explanation: Explanation = { backend: "tracepoint", passedOver: [], functions: [], skipped: [] };
  explainError: Error | undefined;
  isClosed = false;
  #started: (() => void) | undefined;

  /** The newest trace, as soon as there is one more than now. */
  nextTrace(): Promise<FakeTrace> {
    return new Promise((resolve) => {
      this.#started = () => resolve(this.traces.at(-1) as FakeTrace);
    });
  }

  override async start(spec: TraceSpec, events: TraceEvents): Promise<TraceHandle> {
    await this.gate;
    if (this.startError !== undefined) throw this.startError;
    const trace = new FakeTrace(spec, events);
    this.traces.push(trace);
    // Records come from another thread: never before the caller has its handle.
    setImmediate(() => this.#started?.());
    return trace.handle;
  }

  override async explain(spec: TraceSpec): Promise<Explanation> {
    this.explained.push(spec);
    if (this.explainError !== undefined) throw this.explainError;
    return this.explanation;
  }

  override async node(): Promise<NodeInfo> {
    return {
      backends: [{ backend: "tracepoint", available: true, reason: "", remedy: "" }],
      capabilities: [{ name: "stack", available: true, reason: "" }],
    };
  }

  override async functions(manifest: Manifest | undefined, functionRegex = ""): Promise<readonly TraceableFunction[]> {
    this.askedManifests.push(manifest);
    this.askedRegexes.push(functionRegex);
    if (this.functionsError !== undefined) throw this.functionsError;
    return this.known;
  }

  override async modules(_modules: readonly Module[]): Promise<readonly InstalledModule[]> {
    return [];
  }

  override async close(): Promise<void> {
    this.isClosed = true;
  }
}
