/** What a server costs that has nothing to do, and one whose trace sees no packet. */
import { setTimeout as sleep } from "node:timers/promises";
import { figureOf, shown } from "./harness/figures.js";
import { cpuSeconds, Receiver, residentBytes, startServer } from "./harness/processes.js";
import type { Benchmark, Figure } from "./harness/result.js";

const SECONDS = 10;
const MIB = 1024 * 1024;
const MAX_PERCENT = 0.5;

/** Percent of a core, and MiB, several times. */
async function watch(pid: number, runs: number): Promise<[cpu: Figure, memory: Figure]> {
  const [percent, mib]: [number[], number[]] = [[], []];
  for (let n = 0; n < runs; n++) {
    const [before, began] = [cpuSeconds(pid), performance.now()];
    await sleep(SECONDS * 1000);
    percent.push((100_000 * (cpuSeconds(pid) - before)) / (performance.now() - began));
    mib.push(residentBytes(pid) / MIB);
  }
  return [figureOf(percent), figureOf(mib)];
}

export const benchmark: Benchmark = {
  name: "idle",
  about: "A server that has nothing to do, and one whose trace matches no packet.",
  async run({ runs, folder, progress }) {
    const { server, target } = await startServer(folder);
    const pid = server.child.pid ?? 0;
    // What it does at start is not what it does when it has nothing to do.
    await sleep(SECONDS * 1000);
    progress("without a trace");
    const idle = await watch(pid, runs);
    const receiver = await Receiver.start(target, {});
    await sleep(SECONDS * 1000);
    progress("with a trace that matches nothing");
    const traced = await watch(pid, runs);
    await receiver.end();
    await server.end("SIGTERM");
    const rows = [
      ["no trace", ...idle],
      ["a trace that matches nothing", ...traced],
    ];
    const [most] = [idle, traced].map(([cpu]) => cpu.median).sort((a, b) => b - a);
    return {
      tables: [
        {
          title: `The server's process, ${SECONDS} s at a time`,
          columns: [{ title: "state" }, { title: "% of a core", decimals: 2 }, { title: "MiB resident" }],
          rows,
        },
      ],
      goals: [
        {
          aim: `at most ${MAX_PERCENT} % of a core`,
          found: `${shown(most ?? 0, 2)} %`,
          isMet: (most ?? 0) <= MAX_PERCENT,
        },
      ],
      notes: [
        "Nothing polls: the ring's descriptor is watched while it is empty, and no timer runs without a journey.",
      ],
    };
  },
};
