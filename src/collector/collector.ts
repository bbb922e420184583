/** The main thread's side of the collector: what can be asked of the worker, and what its traces tell. */
import type { EncodedBatch } from "../encode/batcher.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import type { Manifest, TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { InstalledModule } from "../gen/ipftrace/v1/trace_service.js";
import type { CollectorWatch, TraceEvents, TraceHandle } from "./events.js";
import type { CollectorSettings, Explanation, NodeInfo, Reply, Totals, TraceInfo, TraceSpec } from "./messages.js";
import type { RunsSoFar } from "./overhead.js";
import { RunCost } from "./run-cost.js";
import { WorkerLink } from "./worker-link.js";
import { YoungGarbage } from "./young-garbage.js";

/** The collector of this process. */
export class Collector {
  readonly #link: WorkerLink;
  readonly #events = new Map<number, TraceEvents>();
  readonly #cost = new RunCost();
  readonly #garbage = new YoungGarbage();
  /** Told what happens here. */
  watch: CollectorWatch | undefined;

  constructor(settings: CollectorSettings = { maxCpuPercent: 0 }) {
    this.#link = new WorkerLink(settings, {
      told: (reply) => this.#tell(reply),
      failed: (id, error) => this.#fail(id, error),
      ended: (error, isAsked) => this.#broken(error, isAsked),
    });
  }

  /** Starts a trace. @throws IpftraceError; then nothing is attached. */
  async start(spec: TraceSpec, events: TraceEvents): Promise<TraceHandle> {
    const id = this.#link.nextId();
    const startedMs = performance.now();
    this.#events.set(id, events);
    try {
      const { info } = await this.#link.ask("started", { type: "start", spec }, id);
      this.watch?.attached(info.backend, secondsSince(startedMs));
      return this.#handle(id, info);
    } catch (reason) {
      this.#events.delete(id);
      throw reason;
    }
  }

  #handle(id: number, info: TraceInfo): TraceHandle {
    let stopping: Promise<Totals> | undefined;
    const stop = async (): Promise<Totals> => {
      const startedMs = performance.now();
      const { totals } = await this.#link.ask("ended", { type: "stop" }, id);
      this.#cost.note(id, totals.overhead);
      this.#cost.end(id);
      this.watch?.detached(secondsSince(startedMs));
      this.#events.delete(id);
      return totals;
    };
    return {
      info,
      requestTotals: () => this.#link.post({ type: "totals", id }),
      snapshot: async () => (await this.#link.ask("snapshot", { type: "snapshot", traceId: id })).snapshot,
      flush: async () => void (await this.#link.ask("flushed", { type: "flush", traceId: id })),
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  }

  /** Gets to know the kernel before anybody asks; what goes wrong is told to who asks. */
  warm(): void {
    this.#link.post({ type: "warm" });
  }

  /** Compiles the way of an event before there are any, unless a trace is started. To be called when everything is loaded. */
  rehearse(): void {
    this.#link.post({ type: "rehearse" });
  }

  /** What a trace would do; it is not started. @throws IpftraceError as {@link start} would. */
  async explain(spec: TraceSpec): Promise<Explanation> {
    return (await this.#link.ask("explained", { type: "explain", spec })).explanation;
  }

  /** What this node can do. */
  async node(): Promise<NodeInfo> {
    return (await this.#link.ask("node", { type: "node" })).node;
  }

  /**
   * States of the functions of a manifest, or of everything that the kernel has, whose names match.
   * @throws IpftraceError
   */
  async functions(manifest: Manifest | undefined, functionRegex = ""): Promise<readonly TraceableFunction[]> {
    return (await this.#link.ask("functions", { type: "functions", manifest, functionRegex })).functions;
  }

  /** What modules are on this node's kernel, in the same order. */
  async modules(modules: readonly Module[]): Promise<readonly InstalledModule[]> {
    return (await this.#link.ask("modules", { type: "modules", modules })).modules;
  }

  /** The same of one module, which is loaded, too. @throws IpftraceError when nothing can be loaded here */
  async checkModule(module: Module): Promise<InstalledModule> {
    return (await this.#link.ask("checkedModule", { type: "checkModule", module })).module;
  }

  /** Resolves when the worker answers; at once while there is none, or when it ends. */
  async ping(): Promise<void> {
    await this.#link.ping();
  }

  /** Traces that were asked for and have not ended. */
  get openTraces(): number {
    return this.#events.size;
  }

  /** What the programs of all traces have cost since the start. */
  get cost(): RunsSoFar {
    return this.#cost.total;
  }

  /** Share of the time since it was asked last, 0 to 1, in which the worker was busy. */
  utilization(): number {
    return this.#link.utilization();
  }

  /** Ends all traces and the worker. */
  async close(): Promise<void> {
    await this.#link.close();
  }

  #tell(reply: Reply): void {
    const events = this.#events.get(reply.id);
    if (reply.type === "totals") this.#cost.note(reply.id, reply.totals.overhead);
    if (reply.type === "batch") this.#pass(reply.batch, events);
    else if (reply.type === "dictionary") events?.dictionary(reply.dictionary);
    else if (reply.type === "progress") events?.progress(reply.attached, reply.total);
    else if (reply.type === "totals") events?.totals(reply.totals);
    else if (reply.type === "overBudget") events?.overBudget(reply.detail);
  }

  #pass(batch: EncodedBatch, events: TraceEvents | undefined): void {
    this.#garbage.note(batch.bytes.length);
    events?.batch(batch);
  }

  #fail(id: number, error: Error): void {
    this.watch?.failed(error);
    this.#events.get(id)?.failed(error);
  }

  #broken(error: Error, isAsked: boolean): void {
    for (const [id, events] of this.#events) {
      this.#cost.end(id);
      events.failed(error);
    }
    this.#events.clear();
    if (!isAsked) this.watch?.broken(error);
  }
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
