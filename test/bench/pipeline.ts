/** From the ring to a client in another process: how much goes through, what it costs, how long it takes. */
import { FunctionEncoding } from "../../src/gen/ipftrace/v1/trace_service.js";
import { figureOf, shown } from "./harness/figures.js";
import { HOPS, type Place, type Run, runLoad, withServer } from "./harness/load.js";
import type { Bench, Benchmark, Cell, Findings, Goal } from "./harness/result.js";

const MIB = 1024 * 1024;
const RING_BYTES = 16 * MIB;
const QUEUE_BYTES = 32 * MIB;
const SECONDS = 10;
/** Of a run that only looks whether a rate is too high. */
const TRIAL_SECONDS = 3;
const CALM = 500_000;
const GOALS = { ids: 2_000_000, names: 1_500_000, p99Ms: 10, mib: 250 };
/** Rates that are tried: steps of 5 %, and the goals. */
const STEPS = Array.from({ length: 48 }, (_, n) => Math.round((500_000 * 1.05 ** n) / 10_000) * 10_000);
const RATES = [...STEPS, GOALS.ids, GOALS.names].sort((a, b) => a - b);

const REASONS = {
  p99: "The load, the server's two threads and the client share two cores: the slowest hundredth waits for one of them.",
  rate: "Assembling and encoding take the whole core of the worker, which the load and the client would like to have, too.",
  mib: `Node.js itself is 42 MiB of it, and the ring ${RING_BYTES / MIB}; where the client is slower for a moment, up to ${QUEUE_BYTES / MIB} lie in its queue.`,
} as const;
const encodings = [
  ["ids", FunctionEncoding.FUNCTION_ENCODING_IDS],
  ["names", FunctionEncoding.FUNCTION_ENCODING_NAMES],
] as const;

function runAt(
  place: Place,
  functionEncoding: FunctionEncoding,
  eventsPerSecond: number,
  seconds: number,
): Promise<Run> {
  const options = { ringBytes: BigInt(RING_BYTES), queueBytes: BigInt(QUEUE_BYTES), functionEncoding };
  return runLoad(place, { options, eventsPerSecond, seconds });
}

/** A run is good when nothing was lost, and all that was to be sent was sent. */
function isGood(run: Run, rate: number): boolean {
  return run.lostEvents === 0 && run.eventsPerSecond > rate * 0.98;
}

/** The highest rate at which nothing is lost, by trials, and then runs of ten seconds; lower until most of them are good. */
async function highest(place: Place, encoding: FunctionEncoding, { runs, progress }: Bench): Promise<[number, Run[]]> {
  let [low, high] = [0, RATES.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const rate = RATES[middle] ?? 0;
    const trial = await runAt(place, encoding, rate, TRIAL_SECONDS);
    progress(`${shown(rate)} events/s: ${shown(trial.lostEvents)} lost of ${shown(trial.seenEvents)}`);
    if (isGood(trial, rate)) low = middle;
    else high = middle;
  }
  for (let at = low; at >= 0; at--) {
    const rate = RATES[at] ?? 0;
    const tries: Run[] = [];
    const good = () => tries.filter((run) => isGood(run, rate)).length;
    while (tries.length < runs && tries.length - good() <= runs / 2)
      tries.push(await runAt(place, encoding, rate, SECONDS));
    progress(`${shown(rate)} events/s for ${SECONDS} s: ${good()} of ${tries.length} without loss`);
    if (good() > runs / 2) return [rate, tries];
  }
  throw new Error(`even ${RATES[0]} events/s were too much`);
}

function row(name: string, runs: readonly Run[]): Cell[] {
  const of = (figure: (run: Run) => number) => figureOf(runs.map(figure));
  return [
    name,
    of((run) => run.eventsPerSecond),
    of((run) => (run.journeys / run.sentJourneys) * (run.eventsPerSecond / HOPS)),
    `${runs.filter(({ lostEvents }) => lostEvents === 0).length} of ${runs.length}`,
    of((run) => (run.serverCpuSeconds * 1e6) / run.journeys),
    of((run) => (run.cpuSeconds * 1e6) / run.journeys),
    of((run) => run.p50Ms),
    of((run) => run.p99Ms),
    of((run) => run.serverBytes / MIB),
  ];
}

async function measure(place: Place, bench: Bench): Promise<Findings> {
  const rows: Cell[][] = [];
  const goals: Goal[] = [];
  for (const [name, encoding] of encodings) {
    await runAt(place, encoding, CALM, TRIAL_SECONDS);
    const calm: Run[] = [];
    for (let n = 0; n < bench.runs; n++) calm.push(await runAt(place, encoding, CALM, SECONDS));
    rows.push(row(`${name}, calm`, calm));
    const p99 = figureOf(calm.map(({ p99Ms }) => p99Ms)).median;
    goals.push({
      ...{ aim: `${name}: p99 at most ${GOALS.p99Ms} ms at ${shown(CALM)} events/s`, found: `${shown(p99, 1)} ms` },
      ...{ isMet: p99 <= GOALS.p99Ms, reason: REASONS.p99 },
    });
    const [rate, most] = await highest(place, encoding, bench);
    rows.push(row(`${name}, highest`, most));
    const aim = `${name}: at least ${shown(GOALS[name])} events/s without loss`;
    goals.push({ aim, found: shown(rate), isMet: rate >= GOALS[name], reason: REASONS.rate });
    const mib = figureOf(most.map(({ serverBytes }) => serverBytes / MIB)).median;
    const memory = { aim: `${name}: at most ${GOALS.mib} MiB`, found: `${shown(mib)} MiB` };
    goals.push({ ...memory, isMet: mib <= GOALS.mib, reason: REASONS.mib });
  }
  return { tables: [table(rows)], goals, notes };
}

function table(rows: Cell[][]) {
  return {
    title: "One trace, one client on a unix socket",
    columns: [
      { title: "functions as" },
      { title: "events/s" },
      { title: "journeys/s" },
      { title: "runs without loss" },
      { title: "server µs/journey", decimals: 2 },
      { title: "client µs/journey", decimals: 2 },
      { title: "p50 ms", decimals: 1 },
      { title: "p99 ms", decimals: 1 },
      { title: "server MiB" },
    ],
    rows,
  };
}

const notes = [
  `A program in the kernel writes records of journeys of ${HOPS} hops into the ring of a trace that runs (test/bpf/synthetic.bpf.c), in ticks of a millisecond; the server encodes them, a client in another process counts them without decoding them. All share the cores. "highest" is the highest rate, in steps of 5 %, at which more than half of the runs of ${SECONDS} s lost nothing.`,
  `Times are from a journey's last event to the client; the server waits for a millisecond, for records of other CPUs. The ring has ${RING_BYTES / MIB} MiB.`,
];

export const benchmark: Benchmark = {
  name: "pipeline",
  about: "From the ring to a client in another process: how much goes through, what it costs, how long it takes.",
  run: (bench) => withServer(bench.folder, (place) => measure(place, bench)),
};
