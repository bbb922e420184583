/** How the cost of an event changes with what is open, and with what is attached. */
import { Ring } from "../../src/kernel/ring.js";
import { figureOf, shown } from "./harness/figures.js";
import { assembler, encodingOf } from "./harness/readers.js";
import type { Bench, Benchmark, Cell, Figure } from "./harness/result.js";
import { openRingPeer } from "./harness/ring-peer.js";

const RING_BYTES = 256 * 1024 * 1024;
const HOPS = 8;
const OPEN = [1000, 4000, 16_000, 64_000, 256_000];
const FUNCTIONS = [10, 100, 1000, 2000];
const USUAL = { open: 1000, functions: 100 };
const WARM_UP = 2;
/** So that a run takes some tenths of a second. */
const MIN_JOURNEYS = 64_000;

/** Nanoseconds of CPU for an event, with names. */
function measure(bench: Bench, cases: readonly (typeof USUAL)[]): Figure[] {
  const peer = openRingPeer(bench.folder, RING_BYTES);
  const figures = cases.map(({ open, functions }) => {
    bench.progress(`${shown(open)} open, ${shown(functions)} functions`);
    const journeys = Math.max(open, MIN_JOURNEYS);
    const read = assembler(new Ring(peer.fd, RING_BYTES), encodingOf(functions), open + 1);
    const found: number[] = [];
    for (let run = -WARM_UP; run < bench.runs; run++) {
      peer.fill(journeys, HOPS, functions, open);
      const before = process.cpuUsage();
      read();
      const { user, system } = process.cpuUsage(before);
      if (run >= 0) found.push(((user + system) * 1000) / (journeys * HOPS));
    }
    return figureOf(found);
  });
  peer.close();
  return figures;
}

export const benchmark: Benchmark = {
  name: "scale",
  about: "How the cost of an event changes with the journeys that are open, and with the functions of the trace.",
  async run(bench) {
    const byOpen = measure(
      bench,
      OPEN.map((open) => ({ ...USUAL, open })),
    );
    const byFunctions = measure(
      bench,
      FUNCTIONS.map((functions) => ({ ...USUAL, functions })),
    );
    const rows = (keys: readonly number[], figures: readonly Figure[]): Cell[][] =>
      keys.map((key, n) => [shown(key), figures[n] ?? "", 1e9 / ((figures[n]?.median ?? 0) * HOPS)]);
    const rest = [{ title: "ns/event", decimals: 1 }, { title: "journeys/s of one core" }];
    return {
      tables: [
        {
          title: "Open journeys",
          bars: { column: 1, unit: "ns/event" },
          columns: [{ title: "open" }, ...rest],
          rows: rows(OPEN, byOpen),
        },
        {
          title: "Functions of the trace",
          columns: [{ title: "functions" }, ...rest],
          rows: rows(FUNCTIONS, byFunctions),
        },
      ],
      goals: [],
      notes: [
        "Read, assembled and encoded with names in one thread, from a ring of 256 MiB. A trace keeps 65,536 journeys open at most; beyond that the one idle longest is told as it stands (EVICTED). The curve by subscribers is that of fanout.",
      ],
    };
  },
};
