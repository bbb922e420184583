/** Journeys that never were, in a trace that runs, at an exact rate: synthetic.c. Needs root and Linux 5.17. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("synthetic.c", import.meta.url));
const BPF = fileURLToPath(new URL("../../bpf", import.meta.url));

/** The program and its object, built into a folder. */
export interface Synthesizer {
  readonly program: string;
  readonly object: string;
}

/** Maps of one trace, by id. */
export interface TraceMaps {
  readonly ring: number;
  readonly counters: number;
}

/** What to send. */
export interface Load {
  readonly maps: TraceMaps;
  /** Functions of the trace: TraceStarted.functions. */
  readonly functions: number;
  readonly hops: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

export function buildSynthesizer(folder: string): Synthesizer {
  const object = join(folder, "synthetic.bpf.o");
  execFileSync("make", ["-s", "-C", BPF, `OUT=${folder}`, object]);
  const program = join(folder, "synthetic");
  execFileSync("clang", ["-O2", "-Wall", SOURCE, "-o", program, "-lbpf"]);
  return { program, object };
}

/** The rings and counters of the traces that a server runs, the oldest first. */
export function traceMaps(serverPid: number): TraceMaps[] {
  const ids = new Set<number>();
  for (const fd of readdirSync(`/proc/${serverPid}/fdinfo`)) {
    const id = /^map_id:\s*(\d+)$/m.exec(readIfThere(`/proc/${serverPid}/fdinfo/${fd}`))?.[1];
    if (id !== undefined) ids.add(Number(id));
  }
  const all: { id: number; name?: string }[] = JSON.parse(
    execFileSync("bpftool", ["-j", "map", "show"], { encoding: "utf8" }),
  );
  const named = (wanted: string): number[] =>
    all
      .filter(({ id, name }) => name === wanted && ids.has(id))
      .map(({ id }) => id)
      .sort((a, b) => a - b);
  const counters = named("counters");
  return named("ring").map((ring, n) => ({ ring, counters: counters[n] ?? 0 }));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A load that runs. */
export class RunningLoad {
  readonly #child: ChildProcess;
  #output = "";
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (chunk) => (this.#output += String(chunk)));
    this.#ended = once(child, "close");
  }

  static async start({ program, object }: Synthesizer, load: Load): Promise<RunningLoad> {
    const { maps, functions, hops, eventsPerSecond, seconds } = load;
    const words = [object, maps.ring, maps.counters, functions, hops, eventsPerSecond, seconds].map(String);
    const running = new RunningLoad(spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] }));
    while (!running.#output.startsWith("sending")) {
      if (running.#child.exitCode !== null) throw new Error(`synthetic has ended with ${running.#child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return running;
  }

  /** Ends it, or waits for its end; the events that it sent, and in how many seconds. */
  async end(stops = true): Promise<{ events: number; seconds: number }> {
    if (stops) this.#child.kill("SIGTERM");
    await this.#ended;
    const [events = Number.NaN, seconds = Number.NaN] = (this.#output.trim().split("\n").at(-1) ?? "")
      .split(" ")
      .map(Number);
    return { events, seconds };
  }
}
