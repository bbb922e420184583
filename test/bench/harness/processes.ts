/** The server and its clients as processes of their own, and what they cost. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TraceOptions } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { LAUNCHER, Running } from "../../helpers/processes.js";

const RECEIVER = fileURLToPath(new URL("receiver.ts", import.meta.url));

/** What a receiver counted: receiver.ts. */
export interface Received {
  readonly journeys: number;
  readonly messages: number;
  readonly seenEvents: number;
  readonly lostEvents: number;
  /** What does not add up. */
  readonly wrong?: string;
  /** Age of a batch's newest journey when it came: from its last event on. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuSeconds: number;
}

/** A server on a unix socket below a folder. */
export async function startServer(folder: string): Promise<{ server: Running; target: string }> {
  const target = `unix:${join(folder, "s")}`;
  const server = new Running(LAUNCHER, ["serve", "--listen", `${target}@operator`]);
  await server.until(() => server.err.includes('"msg":"serving"'), "server");
  return { server, target };
}

/** A receiver whose trace has begun. */
export class Receiver {
  readonly #running: Running;
  readonly functions: number;

  private constructor(running: Running, functions: number) {
    this.#running = running;
    this.functions = functions;
  }

  /** One that has so many subscribers, each with a connection. */
  static async start(target: string, options: Partial<TraceOptions>, subscribers = 1): Promise<Receiver> {
    const json = JSON.stringify(options, (_, value) => (typeof value === "bigint" ? String(value) : value));
    const running = new Running(process.execPath, ["--import", "tsx", RECEIVER, target, json, String(subscribers)]);
    await running.until(() => running.out.includes("\n"), "trace");
    return new Receiver(running, JSON.parse(running.out).functions);
  }

  /** Ends its trace; what it counted. @throws when it does not add up */
  async end(): Promise<Received> {
    await this.#running.end("SIGTERM");
    const received: Received = JSON.parse(this.#running.out.trim().split("\n").at(-1) ?? "");
    if (received.wrong !== undefined) throw new Error(`a receiver: ${received.wrong}`);
    return received;
  }
}

/** Seconds of CPU that the threads of a process have used. */
export function cpuSeconds(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  // The first number is nanoseconds on a CPU (Documentation/scheduler/sched-stats.rst).
  const used = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]));
  return used.reduce((sum, ns) => sum + ns, 0) / 1e9;
}

/** Memory of a process, bytes, as the kernel counts it. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
