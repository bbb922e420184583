/**
 * The main thread's side of the collector: starts the worker when it is first needed, and
 * turns its messages into calls.
 */
import type { EventLoopUtilization } from "node:perf_hooks";
import type { Worker } from "node:worker_threads";
import { codes, IpftraceError } from "../errors.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import type { Manifest, TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { InstalledModule } from "../gen/ipftrace/v1/trace_service.js";
import type {
  BackendName,
  CollectorSettings,
  Dictionary,
  EncodedBatch,
  Explanation,
  NodeInfo,
  Reply,
  Request,
  Snapshot,
  Totals,
  TraceInfo,
  TraceSpec,
} from "./messages.js";
import { spawnWorker } from "./spawn.js";

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

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** The collector of this process. */
export class Collector {
  readonly #settings: CollectorSettings;
  #worker: Worker | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new Map<number, TraceEvents>();
  #isClosing = false;
  #utilization: EventLoopUtilization | undefined;
  /** Told what happens here. */
  watch: CollectorWatch | undefined;

  constructor(settings: CollectorSettings = { maxCpuPercent: 0 }) {
    this.#settings = settings;
  }

  /** Starts a trace. @throws IpftraceError; then nothing is attached. */
  async start(spec: TraceSpec, events: TraceEvents): Promise<TraceHandle> {
    const id = ++this.#lastId;
    const startedMs = performance.now();
    this.#events.set(id, events);
    try {
      const reply = await this.#call({ type: "start", id, spec });
      if (reply.type !== "started") throw new Error(`the collector answered ${reply.type} to start`);
      this.watch?.attached(reply.info.backend, secondsSince(startedMs));
      return this.#handle(id, reply.info);
    } catch (reason) {
      this.#events.delete(id);
      throw reason;
    }
  }

  #handle(id: number, info: TraceInfo): TraceHandle {
    let stopping: Promise<Totals> | undefined;
    const stop = async (): Promise<Totals> => {
      const startedMs = performance.now();
      const reply = await this.#call({ type: "stop", id });
      this.watch?.detached(secondsSince(startedMs));
      this.#events.delete(id);
      if (reply.type !== "ended") throw new Error(`the collector answered ${reply.type} to stop`);
      return reply.totals;
    };
    return {
      info,
      requestTotals: () => this.#post({ type: "totals", id }),
      snapshot: async () => {
        const reply = await this.#call({ type: "snapshot", id: ++this.#lastId, traceId: id });
        if (reply.type !== "snapshot") throw new Error(`the collector answered ${reply.type} to snapshot`);
        return reply.snapshot;
      },
      flush: async () => {
        const reply = await this.#call({ type: "flush", id: ++this.#lastId, traceId: id });
        if (reply.type !== "flushed") throw new Error(`the collector answered ${reply.type} to flush`);
      },
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  }

  /** Gets to know the kernel before anybody asks; what goes wrong is told to who asks. */
  warm(): void {
    this.#post({ type: "warm" });
  }

  /** What a trace would do; it is not started. @throws IpftraceError as {@link start} would. */
  async explain(spec: TraceSpec): Promise<Explanation> {
    const reply = await this.#call({ type: "explain", id: ++this.#lastId, spec });
    if (reply.type !== "explained") throw new Error(`the collector answered ${reply.type} to explain`);
    return reply.explanation;
  }

  /** What this node can do. */
  async node(): Promise<NodeInfo> {
    const reply = await this.#call({ type: "node", id: ++this.#lastId });
    if (reply.type !== "node") throw new Error(`the collector answered ${reply.type} to node`);
    return reply.node;
  }

  /**
   * States of the functions of a manifest, or of everything that the kernel has, whose names match.
   * @throws IpftraceError
   */
  async functions(manifest: Manifest | undefined, functionRegex = ""): Promise<readonly TraceableFunction[]> {
    const reply = await this.#call({ type: "functions", id: ++this.#lastId, manifest, functionRegex });
    if (reply.type !== "functions") throw new Error(`the collector answered ${reply.type} to functions`);
    return reply.functions;
  }

  /** What modules are on this node's kernel, in the same order. */
  async modules(modules: readonly Module[]): Promise<readonly InstalledModule[]> {
    const reply = await this.#call({ type: "modules", id: ++this.#lastId, modules });
    if (reply.type !== "modules") throw new Error(`the collector answered ${reply.type} to modules`);
    return reply.modules;
  }

  /** The same of one module, which is loaded, too. @throws IpftraceError when nothing can be loaded here */
  async checkModule(module: Module): Promise<InstalledModule> {
    const reply = await this.#call({ type: "checkModule", id: ++this.#lastId, module });
    if (reply.type !== "checkedModule") throw new Error(`the collector answered ${reply.type} to checkModule`);
    return reply.module;
  }

  /** Resolves when the worker answers; at once while there is none, or when it ends. */
  async ping(): Promise<void> {
    if (this.#worker === undefined) return;
    await this.#call({ type: "ping", id: ++this.#lastId }).catch(() => {});
  }

  /** Traces that were asked for and have not ended. */
  get openTraces(): number {
    return this.#events.size;
  }

  /** Share of the time since it was asked last, 0 to 1, in which the worker was busy. */
  utilization(): number {
    const worker = this.#worker;
    if (worker === undefined) return 0;
    const now = worker.performance.eventLoopUtilization();
    const before = this.#utilization;
    this.#utilization = now;
    return worker.performance.eventLoopUtilization(now, before).utilization;
  }

  /** Ends all traces and the worker. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.#post({ type: "close" });
    await exited;
  }

  #post(request: Request): void {
    this.#worker ??= this.#spawn();
    this.#worker.postMessage(request);
  }

  #call(request: Exclude<Request, { type: "close" | "totals" | "warm" }>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#post(request);
    });
  }

  #spawn(): Worker {
    const worker = spawnWorker(this.#settings);
    worker.on("message", (reply: Reply) => this.#receive(reply));
    const ended = (cause: Error): void => {
      // After an error its exit comes, when there may be another one already.
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#utilization = undefined;
      this.#broken(cause);
      if (!this.#isClosing) this.watch?.broken(cause);
    };
    worker.on("error", (error) => ended(asOurs(error)));
    worker.on("exit", () => ended(new IpftraceError("UNAVAILABLE", "the collector has ended")));
    return worker;
  }

  #receive(reply: Reply): void {
    const events = this.#events.get(reply.id);
    if (reply.type === "batch") events?.batch(reply.batch);
    else if (reply.type === "dictionary") events?.dictionary(reply.dictionary);
    else if (reply.type === "progress") events?.progress(reply.attached, reply.total);
    else if (reply.type === "totals") events?.totals(reply.totals);
    else if (reply.type === "overBudget") events?.overBudget(reply.detail);
    else if (reply.type === "failed") this.#fail(reply);
    else this.#settle(reply);
  }

  #settle(reply: Reply): void {
    this.#waiting.get(reply.id)?.resolve(reply);
    this.#waiting.delete(reply.id);
  }

  #fail({ id, failure }: Extract<Reply, { type: "failed" }>): void {
    const { code, message, violations } = failure;
    const error = code === undefined ? new Error(message) : new IpftraceError(code, message, { violations });
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting !== undefined) {
      waiting.reject(error);
      return;
    }
    this.watch?.failed(error);
    this.#events.get(id)?.failed(error);
  }

  #broken(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    for (const events of this.#events.values()) events.failed(error);
    this.#events.clear();
  }
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

/** Codes of Node.js for a worker that something ran out for. */
const EXHAUSTED: readonly unknown[] = ["ERR_WORKER_INIT_FAILED", "ERR_WORKER_OUT_OF_MEMORY"];

/** An error that ended the worker: on its way to this thread it lost its class, but not its properties. */
function asOurs(error: Error & { code?: unknown }): Error {
  const code = EXHAUSTED.includes(error.code) ? "UNAVAILABLE" : codes.find((one) => one === error.code);
  return code === undefined ? error : new IpftraceError(code, error.message, { cause: error });
}
