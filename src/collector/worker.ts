/**
 * The worker thread: owns everything native and hot, for all traces.
 *
 * One thread, because libbpf's log callback is one for the process and must live on the
 * thread that calls libbpf; a thread of its own, because draining must not wait for gRPC.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { IpftraceError, messageOf } from "../errors.js";
import type { InstalledModule } from "../gen/ipftrace/v1/trace_service.js";
import { BACKENDS } from "../kernel/backends.js";
import { capabilities } from "../kernel/capabilities.js";
import { Catalog } from "../kernel/catalog.js";
import { releaseLibbpfLog } from "../kernel/log.js";
import { giveMemoryBack } from "../kernel/memory.js";
import { measureRuns } from "../kernel/statistics.js";
import { installedModule } from "../module/installed.js";
import { checkModule } from "./check-module.js";
import { explainTrace } from "./explain.js";
import { compileFunctionRegex } from "./function-regex.js";
import { expectTransfers, inlineHotPath } from "./inlining.js";
import { Kernel } from "./kernel.js";
import type { CollectorSettings, Dictionary, EncodedBatch, Reply, Request, Totals, TraceSpec } from "./messages.js";
import { OverheadWatch, type Watched } from "./overhead-watch.js";
import { Rehearsal } from "./rehearsal.js";
import { kernelStates, manifestStates } from "./resolve.js";
import { startTrace } from "./start.js";
import { compileAsEver, compileForStart } from "./start-compiling.js";
import type { RunningTrace } from "./trace.js";
import { Turns, turn } from "./turns.js";

/** V8 compiles in other threads: how long that may go on after there is nothing new. */
const COMPILING_MS = 500;

const port = parentPort;
const settings = workerData as CollectorSettings;
if (port === null) throw new Error("src/collector/worker.ts runs as a worker thread only");

const kernel = new Kernel(new Catalog());
const traces = new Map<number, RunningTrace>();
const questions = new Turns();
const rehearsal = new Rehearsal();
const watch = new OverheadWatch(settings.maxCpuPercent, {
  measure: measureRuns,
  nowNs: () => process.hrtime.bigint(),
});

// While this process may do it: later it may have given up that right.
if (watch.watches(0)) {
  try {
    watch.measure();
  } catch {
    // Each trace that starts says why.
  }
}

function reply(message: Reply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

async function start(id: number, spec: TraceSpec): Promise<void> {
  rehearsal.stop();
  inlineHotPath();
  expectTransfers();
  const output = {
    batch: (batch: EncodedBatch) => reply({ type: "batch", id, batch }, [batch.bytes.buffer, batch.index.buffer]),
    dictionary: (dictionary: Dictionary) => reply({ type: "dictionary", id, dictionary }),
    totals: (totals: Totals) => reply({ type: "totals", id, totals }),
    overhead: () => watch.overhead(id),
  };
  const progress = (attached: number, total: number): void => reply({ type: "progress", id, attached, total });
  const isWatched = watch.watches(spec.maxCpuPercent);
  try {
    if (isWatched) watch.prepare(id);
    const started = startTrace(kernel, spec, output, progress, isWatched);
    const { trace, info } = await started.finally(compileAsEver);
    traces.set(id, trace);
    if (isWatched) watch.add(id, spec.maxCpuPercent, watched(id, trace));
    reply({ type: "started", id, info });
  } catch (reason) {
    watch.remove(id);
    throw reason;
  }
}

function watched(id: number, trace: RunningTrace): Watched {
  return {
    runs: () => trace.runs(),
    followOneIn: (conversations) => trace.followOneIn(conversations),
    changed: () => reply({ type: "totals", id, totals: trace.totals() }),
    overBudget: (detail) => reply({ type: "overBudget", id, detail }),
  };
}

async function stop(id: number): Promise<void> {
  const trace = running(id);
  traces.delete(id);
  try {
    reply({ type: "ended", id, totals: await trace.stop() });
  } finally {
    watch.remove(id);
  }
}

function running(id: number): RunningTrace {
  const trace = traces.get(id);
  if (trace === undefined) throw new IpftraceError("NOT_FOUND", `the collector has no trace ${id}`);
  return trace;
}

async function functions(request: Extract<Request, { type: "functions" }>): Promise<void> {
  const { manifest, functionRegex } = request;
  const matches = await compileFunctionRegex(functionRegex);
  const { backend } = await kernel.choose(undefined);
  const table = kernel.catalog.functions();
  const states = manifest === undefined ? kernelStates(table, backend) : manifestStates(manifest, table, backend);
  reply({ type: "functions", id: request.id, functions: states.filter(({ name }) => matches(name)) });
}

async function explain(id: number, spec: TraceSpec): Promise<void> {
  reply({ type: "explained", id, explanation: await explainTrace(kernel, spec) });
}

async function node(id: number): Promise<void> {
  const backends = [];
  for (const backend of BACKENDS) backends.push(await kernel.verdict(backend));
  const best = backends.find(({ available }) => available)?.backend;
  reply({
    type: "node",
    id,
    node: { backends, capabilities: best === undefined ? [] : capabilities(kernel.catalog, best) },
  });
}

/** Each by itself, because modules of which the kernel lacks something must not hide the others. */
async function modules(request: Extract<Request, { type: "modules" }>): Promise<void> {
  const found: InstalledModule[] = [];
  for (const module of request.modules) {
    await turn();
    found.push(installedModule(kernel.catalog.types(), module));
  }
  reply({ type: "modules", id: request.id, modules: found });
}

async function examine({ id, module }: Extract<Request, { type: "checkModule" }>): Promise<void> {
  reply({ type: "checkedModule", id, module: await checkModule(kernel.catalog, module) });
}

async function warm(): Promise<void> {
  if (traces.size === 0) compileForStart();
  await kernel.choose(undefined).catch(() => {});
  kernel.catalog.probeable();
}

async function rehearse(): Promise<void> {
  // What it compiles must not keep a question waiting.
  compileAsEver();
  if (!(await rehearsal.run())) return;
  await sleep(COMPILING_MS, undefined, { ref: false });
  giveMemoryBack();
}

async function close(): Promise<void> {
  rehearsal.stop();
  for (const id of [...traces.keys()]) await stop(id);
  watch.close();
  compileAsEver();
  releaseLibbpfLog();
  port?.close();
}

async function handle(request: Request): Promise<void> {
  switch (request.type) {
    case "start":
      return start(request.id, request.spec);
    case "stop":
      return stop(request.id);
    case "totals": {
      const totals = traces.get(request.id)?.totals();
      if (totals !== undefined) reply({ type: "totals", id: request.id, totals });
      return;
    }
    case "snapshot": {
      const snapshot = running(request.traceId).snapshot();
      const memory = snapshot.batches.flatMap(({ bytes, index }) => [bytes.buffer, index.buffer]);
      return reply({ type: "snapshot", id: request.id, snapshot }, memory);
    }
    case "flush":
      await running(request.traceId).flush();
      return reply({ type: "flushed", id: request.id });
    case "explain":
      return questions.take(() => explain(request.id, request.spec));
    case "node":
      return questions.take(() => node(request.id));
    case "functions":
      return questions.take(() => functions(request));
    case "modules":
      return questions.take(() => modules(request));
    case "checkModule":
      return questions.take(() => examine(request));
    case "ping":
      return reply({ type: "pong", id: request.id });
    case "warm":
      return warm();
    case "rehearse":
      return rehearse();
    case "close":
      return close();
  }
}

// The kernel would keep what is attached for as long as this process lives, and koffi's watcher does not survive its thread.
process.on("uncaughtExceptionMonitor", () => {
  for (const trace of traces.values()) trace.abandon();
  releaseLibbpfLog();
});

port.on("message", (request: Request) => {
  handle(request).catch((reason: unknown) => {
    const id = "id" in request ? request.id : 0;
    const { code, violations } = reason instanceof IpftraceError ? reason : { code: undefined, violations: [] };
    reply({ type: "failed", id, failure: { code, message: messageOf(reason), violations } });
  });
});
