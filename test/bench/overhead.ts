/** What tracing costs the traffic that is traced, and what it brings: ours beside pwru and bpftrace, in one machine. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { boot } from "../vm/boot.js";
import { figureOf, ratios, shown } from "./harness/figures.js";
import type { Bench, Benchmark, Cell, Findings, Goal, Table } from "./harness/result.js";
import { peers } from "./peers.js";

const SETUP = fileURLToPath(new URL("../../scripts/setup", import.meta.url));
const GUEST = fileURLToPath(new URL("guest/overhead.sh", import.meta.url));
const TRAFFIC = fileURLToPath(new URL("guest/traffic.c", import.meta.url));
const LINE = "6.12";
const TIMEOUT_SECONDS = 3000;
/** The name of no tool. */
const NONE = "-";
/** Ours with --begin (guest/tools.sh): a tool of its own. */
const BEGIN = "ipftrace-begin";
const COLUMNS = ["udp", "ping", "tcp", "events", "lost"] as const;
type Column = (typeof COLUMNS)[number];

interface Course {
  readonly what: "all" | "generic";
  readonly tools: readonly string[];
}
const COURSES: readonly Course[] = [
  { what: "generic", tools: ["ipftrace", "pwru", "bpftrace"] },
  { what: "all", tools: ["ipftrace", BEGIN, "pwru"] },
];
const FILTERS = ["none", "all"] as const;
const MATCHING = { none: "matches nothing", all: "matches everything" } as const;

/** One tool with one filter, round by round. */
type Measured = Readonly<Record<Column, readonly string[]>>;
type Results = (tool: string, filter: (typeof FILTERS)[number]) => Measured;

async function runCourse({ what, tools }: Course, bench: Bench, cache: string, traffic: string): Promise<Results> {
  bench.progress(`${what}: no tool, ${tools.join(", ")} in turn, ${bench.runs} rounds`);
  const out = join(bench.folder, what);
  mkdirSync(out);
  const command = [GUEST, cache, traffic, String(bench.runs), what, ...tools];
  await boot({ line: LINE, command, timeoutSeconds: TIMEOUT_SECONDS, folder: out });
  const lines = readFileSync(join(out, what), "utf8").trim().split("\n");
  const rows = lines.map((line) => line.split(" "));
  return (tool, filter) => {
    const mine = rows.filter((row) => row[0] === tool && row[1] === filter);
    return Object.fromEntries(
      COLUMNS.map((column, n) => [column, mine.map((row) => row[n + 2] ?? "-")]),
    ) as unknown as Measured;
  };
}

const numbers = (texts: readonly string[]): number[] => texts.map(Number);

function tableOf({ what, tools }: Course, results: Results): Table {
  const rows = FILTERS.flatMap((filter) =>
    [NONE, ...tools].map((tool): Cell[] => {
      const measured = results(tool, filter);
      const name = tool === NONE ? "no tracer" : `${tool}, ${MATCHING[filter]}`;
      const counted = (column: "events" | "lost"): Cell =>
        tool === NONE ? "" : measured[column].includes("-") ? "not told" : figureOf(numbers(measured[column]));
      const rates = (["udp", "ping", "tcp"] as const).map((column) => figureOf(numbers(measured[column])));
      return [name, ...rates, counted("events"), counted("lost")];
    }),
  );
  const titles = ["", "UDP packets/s", "ping -f packets/s", "TCP Mbit/s", "events shown", "events lost"];
  return { title: `Manifest ${what}`, columns: titles.map((title) => ({ title })), rows };
}

const REASONS = {
  none: "At each function the packet is looked up and its flow parsed before the filter says no; with --begin only at a few.",
  all: "At each function the flow is parsed and compared, so that changes are seen; and journeys are put together and printed on the core that sends.",
} as const;

/** Packets per second of ours beside those of another, at least so many times as many. */
function goalOf(what: string, other: string, filter: (typeof FILTERS)[number], results: Results): Goal {
  const limit = filter === "none" && other === "pwru" ? 2 : 1;
  const of = (tool: string) => numbers(results(tool, filter).udp);
  const { median, min, max } = ratios(of("ipftrace"), of(other));
  return {
    aim: `${what}, ${MATCHING[filter]}: ${limit === 1 ? "more" : `at least ${limit} times the`} packets/s than with ${other}`,
    found: `${median.toFixed(2)} times (${min.toFixed(2)} … ${max.toFixed(2)})`,
    ...{ isMet: median >= limit, reason: REASONS[filter] },
  };
}

/** What ours did not show, it told of. */
function accountGoal(what: string, results: Results): Goal {
  const lost = FILTERS.map((filter) => results("ipftrace", filter).lost);
  const isTold = lost.flat().every((text) => /^\d+$/.test(text));
  const most = Math.max(...numbers(lost.flat()));
  return {
    aim: `${what}: nothing is lost in silence`,
    found: isTold ? `each run told what it lost, ${shown(most)} events at most` : "a run told nothing",
    isMet: isTold,
  };
}

async function run(bench: Bench): Promise<Findings> {
  execFileSync(SETUP, ["build"], { stdio: "inherit" });
  const traffic = join(bench.folder, "traffic");
  execFileSync("clang", ["-O2", "-Wall", "-Werror", "-static", "-o", traffic, TRAFFIC], { stdio: "inherit" });
  const { folder: cache, versions } = peers();
  const tables: Table[] = [];
  const goals: Goal[] = [];
  for (const course of COURSES) {
    const results = await runCourse(course, bench, cache, traffic);
    tables.push(tableOf(course, results));
    const others = course.tools.filter((tool) => tool !== "ipftrace" && tool !== BEGIN);
    for (const filter of FILTERS) {
      for (const other of others) goals.push(goalOf(course.what, other, filter, results));
    }
    goals.push(accountGoal(course.what, results));
  }
  return { tables, goals, notes: NOTES, peers: versions };
}

const NOTES = [
  `Between two network namespaces, over a veth pair, on Linux 6.12 in a virtual machine in software emulation with one core for
all (test/vm): two seconds of datagrams as fast as one process sends them, 400 pings without a pause, and 4 MiB
of TCP. What shows the events shares the core with the traffic. Each round measures without a tracer, then with each tool; ratios are those of one round.`.replaceAll(
    "\n",
    " ",
  ),
  `${BEGIN} is ipftrace with --begin '^(ip_rcv|ipv6_rcv|__ip_local_out|__ip6_local_out)$': nobody asks the filter elsewhere.`,
  `The filter that matches nothing is "TCP port 1", the other is none. bpftrace compares the IPv4 header that it finds by BTF, and prints
the address and the function. pwru does not tell what it lost.`.replaceAll("\n", " "),
];

export const benchmark: Benchmark = {
  name: "overhead",
  about: "What tracing costs the traffic, and what of it is shown, beside pwru and bpftrace.",
  run,
};
