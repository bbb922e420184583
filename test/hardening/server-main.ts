/**
 * A server with a fake collector, in a process of its own: what it costs can be measured, and its death
 * is seen. server-process.ts starts it and asks.
 *
 *   node --expose-gc --import tsx test/hardening/server-main.ts SOCKET
 */
import type { TraceEvents, TraceHandle } from "../../src/collector/events.js";
import type { EncodedBatch, TraceSpec } from "../../src/collector/messages.js";
import type { Module } from "../../src/gen/ipftrace/v1/custom.js";
import { InstalledModule } from "../../src/gen/ipftrace/v1/trace_service.js";
import { makeLogger } from "../../src/log.js";
import { parseListenAddress } from "../../src/service/listen.js";
import { startServer } from "../../src/service/server.js";
import { batchOf, FakeCollector, type FakeTrace } from "../service/fake-collector.js";
import { mallocBytes } from "./malloc.js";

/** What the parent asks, one at a time. */
export type Question =
  | { readonly type: "state" }
  /** Sends batches of this size to every trace, so many a second in all; 0: no more. */
  | { readonly type: "flood"; readonly batchBytes: number; readonly batchesPerSecond: number }
  | { readonly type: "stop" };

/** As of Node.js; and what malloc has given out, bytes. */
type Memory = NodeJS.MemoryUsage & { readonly malloc: number };

/** What it is told; first of all, when the server listens, with a state. */
export interface State {
  /** After garbage collection, bytes. */
  readonly memory: Memory;
  readonly startedTraces: number;
  readonly runningTraces: number;
  /** Batches that came from the collector. */
  readonly batches: number;
}

const FLOOD_TICK_MS = 5;
const SETTLE_MS = 20;
const ROUNDS = 4;

/** One that forgets what was asked of it, and that can flood. */
class BusyCollector extends FakeCollector {
  readonly running = new Set<FakeTrace>();
  startedTraces = 0;
  batches = 0;

  override async start(spec: TraceSpec, events: TraceEvents): Promise<TraceHandle> {
    const handle = await super.start(spec, events);
    this.startedTraces++;
    const trace = this.traces.pop() as FakeTrace;
    this.running.add(trace);
    trace.onStop = () => {
      this.running.delete(trace);
    };
    return handle;
  }

  override async explain(spec: TraceSpec) {
    const explanation = await super.explain(spec);
    this.explained.length = 0;
    return explanation;
  }

  override async functions(...asked: Parameters<FakeCollector["functions"]>) {
    const known = await super.functions(...asked);
    this.askedManifests.length = 0;
    this.askedRegexes.length = 0;
    return known;
  }

  override async modules(modules: readonly Module[]): Promise<readonly InstalledModule[]> {
    return modules.map(({ name }) => InstalledModule.fromPartial({ schema: { name } }));
  }

  override async checkModule({ name }: Module): Promise<InstalledModule> {
    return InstalledModule.fromPartial({ schema: { name } });
  }

  /** Each in memory of its own, as they come from the worker. */
  send(batch: EncodedBatch): void {
    this.batches++;
    for (const trace of this.running) {
      trace.totals = { ...trace.totals, seen: trace.totals.seen + batch.events };
      trace.events.batch({ ...batch, bytes: batch.bytes.slice() });
    }
  }
}

const collector = new BusyCollector();
const address = parseListenAddress(`unix:${process.argv[2]}@admin`);
const server = await startServer([address], makeLogger("silent"), { collector });
let flood: NodeJS.Timeout | undefined;

function startFlood({ batchBytes, batchesPerSecond }: Extract<Question, { type: "flood" }>): void {
  clearInterval(flood);
  if (batchesPerSecond === 0) return;
  const batch = batchOf([1], batchBytes);
  const sinceMs = performance.now();
  let sent = 0;
  flood = setInterval(() => {
    const due = ((performance.now() - sinceMs) / 1000) * batchesPerSecond;
    for (; sent < due; sent++) collector.send(batch);
  }, FLOOD_TICK_MS);
}

/** The least of some measurements: a flood leaves garbage behind at any moment. */
async function state(): Promise<State> {
  let memory: Memory | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    globalThis.gc?.();
    // What it finds dead is given back in callbacks.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const now = { ...process.memoryUsage(), malloc: mallocBytes() };
    if (memory === undefined || now.heapUsed + now.external < memory.heapUsed + memory.external) memory = now;
  }
  const { startedTraces, batches } = collector;
  return { memory: memory as Memory, startedTraces, batches, runningTraces: collector.running.size };
}

async function stop(): Promise<void> {
  clearInterval(flood);
  await server.stop();
  process.disconnect();
}

async function tell(): Promise<void> {
  process.send?.(await state());
}

process.on("message", (question: Question) => {
  if (question.type === "stop") return void stop();
  if (question.type === "flood") startFlood(question);
  void tell();
});
await tell();
