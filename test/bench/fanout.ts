/** The same journeys to several subscribers: what each of them costs. */
import { FunctionEncoding } from "../../src/gen/ipftrace/v1/trace_service.js";
import { figureOf, shown } from "./harness/figures.js";
import { HOPS, type Run, runLoad, withServer } from "./harness/load.js";
import type { Benchmark, Cell } from "./harness/result.js";

const SUBSCRIBERS = [1, 8, 64];
const EVENTS_PER_SECOND = 100_000;
const SECONDS = 5;
const MAX_SHARE = 0.15;
const options = { functionEncoding: FunctionEncoding.FUNCTION_ENCODING_IDS, queueBytes: 8n << 20n };

/** Microseconds of the server's CPU for a journey that was sent. */
function costOf(run: Run): number {
  return (run.serverCpuSeconds * 1e6) / run.sentJourneys;
}

export const benchmark: Benchmark = {
  name: "fanout",
  about: "The same journeys to several subscribers, which share one trace: what each of them costs.",
  run: ({ runs, folder, progress }) =>
    withServer(folder, async (place) => {
      const done = SUBSCRIBERS.map((): Run[] => []);
      for (let n = -1; n < runs; n++) {
        progress(n < 0 ? "warming up" : `run ${n + 1} of ${runs}`);
        for (const [which, subscribers] of SUBSCRIBERS.entries()) {
          const run = await runLoad(place, {
            options,
            eventsPerSecond: EVENTS_PER_SECOND,
            seconds: SECONDS,
            subscribers,
          });
          if (n >= 0) done[which]?.push(run);
        }
      }
      const first = done[0]?.map(costOf) ?? [];
      const shares = done.map((all, which) =>
        all.map((run, n) => (costOf(run) / (first[n] ?? 0) - 1) / ((SUBSCRIBERS[which] ?? 0) - 1)),
      );
      const rows = done.map((all, which): Cell[] => [
        String(SUBSCRIBERS[which]),
        figureOf(all.map(costOf)),
        which === 0 ? "" : figureOf((shares[which] ?? []).map((share) => share * 100)),
        figureOf(all.map(({ journeys, sentJourneys }) => journeys / sentJourneys)),
        figureOf(all.map(({ lostEvents }) => lostEvents)),
      ]);
      const worst = Math.max(...shares.slice(1).map((all) => figureOf(all).median));
      return {
        tables: [
          {
            bars: { column: 1, unit: "server µs/journey" },
            title: `At ${shown(EVENTS_PER_SECOND)} events/s, journeys of ${HOPS} hops`,
            columns,
            rows,
          },
        ],
        goals: [
          {
            aim: `another subscriber at most ${MAX_SHARE * 100} % of the first`,
            found: `${shown(worst * 100, 1)} %`,
            isMet: worst <= MAX_SHARE,
          },
        ],
        notes: [
          "Each subscriber has a connection of its own and gets all journeys; the server assembles and encodes them once. The cost is that of the server's process for a journey, whoever gets it.",
        ],
      };
    }),
};

const columns = [
  { title: "subscribers" },
  { title: "server µs/journey", decimals: 2 },
  { title: "another subscriber, % of the first", decimals: 1 },
  { title: "copies of a journey that came", decimals: 2 },
  { title: "events lost" },
];
