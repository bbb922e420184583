/** One run: a trace, those who subscribe to it, and a load at a rate; what came, and what it cost. */
import type { TraceOptions } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { buildSynthesizer, RunningLoad, type Synthesizer, traceMaps } from "../../helpers/synthetic.js";
import { cpuSeconds, type Received, Receiver, residentBytes, startServer } from "./processes.js";

/** Hops of each journey. */
export const HOPS = 8;

/** The server and what loads it. */
export interface Place {
  readonly synthesizer: Synthesizer;
  readonly target: string;
  readonly pid: number;
}

/** What is asked for, and sent. */
export interface Order {
  readonly options: Partial<TraceOptions>;
  readonly eventsPerSecond: number;
  readonly seconds: number;
  /** Default: one. */
  readonly subscribers?: number;
}

/** What came of it. */
export interface Run extends Received {
  /** What was really sent. */
  readonly eventsPerSecond: number;
  readonly sentJourneys: number;
  readonly serverCpuSeconds: number;
  readonly serverBytes: number;
}

/** Runs a server, and ends it when `measure` is done. */
export async function withServer<T>(folder: string, measure: (place: Place) => Promise<T>): Promise<T> {
  const synthesizer = buildSynthesizer(folder);
  const { server, target } = await startServer(folder);
  try {
    return await measure({ synthesizer, target, pid: server.child.pid ?? 0 });
  } finally {
    await server.end("SIGTERM");
  }
}

/** One run. @throws when what came does not add up */
export async function runLoad({ synthesizer, target, pid }: Place, order: Order): Promise<Run> {
  const { options, eventsPerSecond, seconds, subscribers } = order;
  const receiver = await Receiver.start(target, options, subscribers);
  const [maps] = traceMaps(pid);
  if (maps === undefined) throw new Error("the server runs no trace");
  const before = cpuSeconds(pid);
  const { functions } = receiver;
  const load = await RunningLoad.start(synthesizer, { maps, functions, hops: HOPS, eventsPerSecond, seconds });
  const sent = await load.end(false);
  const serverBytes = residentBytes(pid);
  const serverCpuSeconds = cpuSeconds(pid) - before;
  const received = await receiver.end();
  const sentJourneys = sent.events / HOPS;
  return { ...received, eventsPerSecond: sent.events / sent.seconds, sentJourneys, serverCpuSeconds, serverBytes };
}
