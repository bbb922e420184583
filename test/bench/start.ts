/** How long it takes from a command to its trace, and from Ctrl-C until its probes are gone: ours, pwru's, bpftrace's. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { boot } from "../vm/boot.js";
import { figureOf, ratios } from "./harness/figures.js";
import type { Bench, Benchmark, Cell, Findings, Goal } from "./harness/result.js";
import { peers } from "./peers.js";

const SETUP = fileURLToPath(new URL("../../scripts/setup", import.meta.url));
const GUEST = fileURLToPath(new URL("guest/start.sh", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What is measured in one machine. */
interface Course {
  readonly line: string;
  readonly what: "all" | "generic";
  readonly tools: readonly string[];
  /** Rounds, where fewer than are asked for: single kprobes take minutes. */
  readonly atMost?: number;
  readonly timeoutSeconds: number;
}

const TOOLS = ["ipftrace", "pwru", "bpftrace"];
const COURSES: readonly Course[] = [
  { line: "6.12", what: "generic", tools: TOOLS, timeoutSeconds: 1200 },
  { line: "6.12", what: "all", tools: ["ipftrace", "pwru"], timeoutSeconds: 1200 },
  { line: "6.1", what: "generic", tools: TOOLS, timeoutSeconds: 1200 },
  { line: "6.1", what: "all", tools: ["ipftrace", "pwru"], atMost: 3, timeoutSeconds: 2400 },
];

/** One tool's times, milliseconds, round by round. */
interface Times {
  readonly tool: string;
  readonly startMs: number[];
  readonly stopMs: number[];
  /** Functions that were still traced when the tool had ended. */
  readonly left: number;
}

interface Result extends Course {
  readonly times: readonly Times[];
}

async function runCourse(course: Course, { runs, folder, progress }: Bench, cache: string): Promise<Result> {
  const { line, what, tools, atMost = runs, timeoutSeconds } = course;
  const rounds = Math.min(runs, atMost);
  progress(`${what} on Linux ${line}: ${tools.join(", ")} in turn, 1 + ${rounds} rounds`);
  const out = join(folder, `${line}-${what}`);
  mkdirSync(out);
  await boot({
    line,
    command: [GUEST, cache, "1", String(rounds), what, ...tools],
    timeoutSeconds,
    folder: out,
  });
  const lines = readFileSync(join(out, what), "utf8").trim().split("\n");
  return { ...course, times: tools.map((tool) => timesOf(tool, lines)) };
}

function timesOf(tool: string, lines: readonly string[]): Times {
  const mine = lines.map((line) => line.split(" ")).filter(([name]) => name === tool);
  const column = (n: number) => mine.map((words) => Number(words[n]));
  return { tool, startMs: column(2), stopMs: column(3), left: Math.max(...column(4)) };
}

/** Ours on this host, whose policy may refuse all but tracepoints. */
async function onHost(what: string, runs: number): Promise<Times> {
  const [startMs, stopMs]: [number[], number[]] = [[], []];
  for (let n = 0; n <= runs; n++) {
    const began = performance.now();
    const child = spawn(process.execPath, [PROGRAM, what, "-l4", "tcp", "-dp", "1"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    for await (const text of child.stderr) if (/^tracing/m.test(String(text))) break;
    const ready = performance.now();
    child.kill("SIGINT");
    if (child.exitCode === null) await once(child, "exit");
    if (n === 0) continue;
    startMs.push(ready - began);
    stopMs.push(performance.now() - ready);
  }
  return { tool: "ipftrace", startMs, stopMs, left: 0 };
}

function rowOf(place: string, what: string, { tool, startMs, stopMs, left }: Times): Cell[] {
  return [`${place}, ${what}: ${tool}`, figureOf(startMs), figureOf(stopMs), left];
}

const REASONS = {
  start:
    "Of some 4.5 s Node.js takes 1.5: it boots twice, as a thread of its own reads the kernel, and loads the program and gRPC. The list of the functions that can be probed, which the kernel writes and we index, takes 0.8 and the types of their arguments 0.6.",
  kprobes:
    "Behind a function's entry the kernel compares each probe with all of its static keys twice, when it is defined; that is what makes the end quick.",
  stop: "A third to a half of it is the kernel's, which takes away three links, or events, one after the other, each with a grace period. Then the thread, the server and its socket are closed in good order, by code that runs for the first time.",
} as const;

/** Ours beside each other tool: the ratio of the times must be below a limit. */
function goalsOf({ line, what, times }: Result): Goal[] {
  const [ours, ...others] = times;
  if (ours === undefined) return [];
  const isOfKprobes = line === "6.1" && what === "all";
  return others.flatMap((other) => [
    goalOf(
      `${what} on ${line} starts sooner than with ${other.tool}`,
      ours.startMs,
      other.startMs,
      1,
      isOfKprobes ? REASONS.kprobes : REASONS.start,
    ),
    goalOf(
      `${what} on ${line} ends ${line === "6.1" ? "in a third of the time of" : "sooner than with"} ${other.tool}`,
      ours.stopMs,
      other.stopMs,
      line === "6.1" ? 1 / 3 : 1,
      isOfKprobes ? REASONS.kprobes : REASONS.stop,
    ),
  ]);
}

function goalOf(aim: string, ours: readonly number[], others: readonly number[], limit: number, reason: string): Goal {
  const { median, min, max } = ratios(ours, others);
  const found = `${median.toFixed(2)} of its time (${min.toFixed(2)} … ${max.toFixed(2)})`;
  return { aim, found, isMet: median < limit, reason };
}

async function run(bench: Bench): Promise<Findings> {
  execFileSync(SETUP, ["build"], { stdio: "inherit" });
  const { folder: cache, versions } = peers();
  bench.progress("on this host");
  const host = [];
  for (const what of ["generic", "all"]) host.push(rowOf("this host", what, await onHost(what, bench.runs)));
  const results: Result[] = [];
  for (const course of COURSES) results.push(await runCourse(course, bench, cache));
  const columns = [{ title: "" }, { title: "start, ms" }, { title: "stop, ms" }, { title: "probes left" }];
  const rows = results.flatMap(({ line, what, times }) => times.map((one) => rowOf(`Linux ${line}`, what, one)));
  return {
    tables: [
      { title: "From the command to its trace, and from Ctrl-C to the prompt", columns, rows: [...host, ...rows] },
    ],
    goals: results.flatMap(goalsOf),
    notes: NOTES,
    peers: versions,
  };
}

const NOTES = [
  `Start is the time from the command until the tool says that it traces (bpftrace: until it runs the program that
it was given), stop that from SIGINT until the process has ended; the kernel is asked then how many functions are still
traced. The filter matches nothing. \`generic\` is the shipped manifest, given to the others as a list of functions; \`all\`
is every function with an sk_buff, which is pwru's default, and what bpftrace has no word for. On this host, whose
policy allows no probes on functions, \`generic\` and \`all\` are tracepoints.`.replaceAll("\n", " "),
  `The kernels of Linux 6.12 and 6.1 run in a virtual machine in software emulation with one core for all (test/vm): times are some
10 times those of a real machine, and threads do not help. Linux 6.1 is built without CONFIG_FPROBE, so that every
function is a kprobe of its own; there \`all\` is measured three times at most.`.replaceAll("\n", " "),
];

export const benchmark: Benchmark = {
  name: "start",
  about: "How long a trace takes to begin and to end, beside pwru and bpftrace.",
  run,
};
