/** How fast the library of each language reads: from one server, the same journeys, one library after the other. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figureOf, shown } from "./harness/figures.js";
import { FullSession } from "./harness/full-session.js";
import type { Bench, Benchmark, Cell, Findings } from "./harness/result.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HOPS = 8;
const JOURNEYS = 500_000;
const CLIENTS = { TypeScript: "typescript", Python: "python", Go: "go", Rust: "rust", Java: "java" } as const;
type Language = keyof typeof CLIENTS;

/** Prints, behind all that a program says on standard error, the seconds of CPU that it took. */
const TIMED = 'TIMEFORMAT="%U %S"; time "$0" "$@"';

/** One reading of the whole history. */
interface Reading {
  readonly journeysPerSecond: number;
  /** Of CPU time that the program took for one journey, its start included. */
  readonly microseconds: number;
  /** Of the CPU time of one core, while it was read. */
  readonly serverPercent: number;
}

export const benchmark: Benchmark = {
  name: "clients",
  about: "Journeys that the client library of each language reads in a second, from the same server.",
  run,
};

async function run({ runs, folder, progress }: Bench): Promise<Findings> {
  const programs = build(folder, progress);
  progress("filling a session");
  const session = await FullSession.make(folder, { journeys: JOURNEYS, hops: HOPS });
  try {
    const readings = await readInTurn(session, programs, runs, progress);
    return findings(session, readings);
  } finally {
    await session.close();
  }
}

/** Where each language's program is; IPFTRACE_CLIENTS has the folder of scripts/clients when these are built already. */
function build(folder: string, progress: Bench["progress"]): Map<Language, string> {
  const built = process.env["IPFTRACE_CLIENTS"];
  const clients = built ?? join(folder, "clients");
  const languages = Object.entries(CLIENTS) as [Language, string][];
  for (const [language, name] of built === undefined ? languages : []) {
    progress(`building ${language}`);
    mkdirSync(join(clients, name), { recursive: true });
    execFileSync(join(ROOT, "clients", name, "check"), [join(clients, name)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return new Map(languages.map(([language, name]) => [language, join(clients, name, "count")]));
}

async function readInTurn(
  session: FullSession,
  programs: ReadonlyMap<Language, string>,
  runs: number,
  progress: Bench["progress"],
): Promise<Map<Language, Reading[]>> {
  const readings = new Map<Language, Reading[]>([...programs.keys()].map((language) => [language, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [language, program] of programs) {
      const reading = await readAll(session, program);
      readings.get(language)?.push(reading);
      progress(`run ${run}, ${language}: ${shown(reading.journeysPerSecond)} journeys/s`);
    }
  }
  return readings;
}

/** Lets a program read the whole history. @throws when it misses any of it. */
async function readAll(session: FullSession, program: string): Promise<Reading> {
  const before = session.cpuSeconds;
  const { journeys, hops, seconds, cpuSeconds } = await lastLine(program, [session.target, "0", session.name]);
  if (journeys !== JOURNEYS || hops !== JOURNEYS * HOPS) {
    throw new Error(`${program} has read ${journeys} of ${JOURNEYS} journeys, and ${hops} hops`);
  }
  const serverPercent = (100 * (session.cpuSeconds - before)) / seconds;
  return { journeysPerSecond: journeys / seconds, microseconds: (1e6 * cpuSeconds) / journeys, serverPercent };
}

/** What the programs print at their end. */
interface Counts {
  readonly journeys: number;
  readonly hops: number;
  readonly seconds: number;
}

/** Runs a program to its end; the last line that it prints, and the seconds of CPU that it took. */
function lastLine(program: string, words: readonly string[]): Promise<Counts & { cpuSeconds: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", TIMED, program, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      err += String(chunk);
    });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status !== 0) return reject(new Error(`${program} ended with ${status}: ${err}`));
      const [user = Number.NaN, system = Number.NaN] = last(err).split(" ").map(Number);
      resolve({ ...JSON.parse(last(out)), cpuSeconds: user + system });
    });
  });
}

function last(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

function findings(session: FullSession, readings: ReadonlyMap<Language, readonly Reading[]>): Findings {
  const rows = [...readings].map(([language, all]): Cell[] => [
    language,
    figureOf(all.map(({ journeysPerSecond }) => journeysPerSecond)),
    figureOf(all.map(({ microseconds }) => microseconds)),
    figureOf(all.map(({ serverPercent }) => serverPercent)),
  ]);
  const each = Math.round(session.bytes / JOURNEYS);
  return {
    tables: [
      {
        title: `A history of ${shown(JOURNEYS)} journeys of ${HOPS} hops, ${each} bytes each`,
        columns: [
          { title: "library" },
          { title: "journeys/s" },
          { title: "µs of CPU each", decimals: 1 },
          { title: "server, % of a core" },
        ],
        rows,
      },
    ],
    goals: [],
    notes: [
      "The journeys lie in the history of a session of a real server, which nothing else has to do meanwhile, and each library reads all of them over a unix socket, as fast as it can: so nothing is lost, and every library gets the same. The program (`count` of the examples) makes an object of each journey and of each of its hops; the time is that from the start of the stream to its end, without the start of the program, but with the warming up of its compiler where it has one.",
      "Where the server takes about a whole core, it is the server that is measured. The µs of CPU are those of the whole program, all its threads and its start included: they tell more than the rate where others use the machine.",
    ],
  };
}
