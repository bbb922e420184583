/** A server in a process of its own, with a session whose history is full of journeys that never were. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, connect } from "../../../src/client/index.js";
import { type Session, SessionState } from "../../../src/gen/ipftrace/v1/session_service.js";
import { FunctionEncoding } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { LAUNCHER } from "../../helpers/processes.js";
import { buildSynthesizer, RunningLoad, traceMaps } from "../../helpers/synthetic.js";

const MIB = 1024 * 1024;
const RING_BYTES = BigInt(64 * MIB);
const HISTORY_BYTES = BigInt(256 * MIB);
const EVENTS_PER_SECOND = 200_000;
/** For a machine that is busy. */
const MORE_SECONDS = 30;
const NAME = "full";
/** Of /proc/PID/stat, as Linux tells user space on every architecture. */
const TICKS_PER_SECOND = 100;

/** What the history is to have. */
export interface Wanted {
  readonly journeys: number;
  readonly hops: number;
}

/** The server. */
export class FullSession {
  readonly target: string;
  readonly name = NAME;
  /** The encoded size of all journeys, bytes. */
  readonly bytes: number;
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess, target: string, bytes: number) {
    this.#server = server;
    this.target = target;
    this.bytes = bytes;
  }

  /** Starts the server with its socket in `folder`, and fills the session. */
  static async make(folder: string, wanted: Wanted): Promise<FullSession> {
    const target = `unix:${join(folder, "s")}`;
    const server = spawn(LAUNCHER, ["serve", "--listen", `${target}@operator`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      await serving(server);
      const client = await connect(target);
      try {
        return new FullSession(server, target, await fill(client, server, folder, wanted));
      } finally {
        client.close();
      }
    } catch (reason) {
      server.kill();
      throw reason;
    }
  }

  /** Seconds of CPU that the server has used, all threads together. */
  get cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#server.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  async close(): Promise<void> {
    const exited = once(this.#server, "exit");
    this.#server.kill();
    await exited;
  }
}

function serving(server: ChildProcess): Promise<void> {
  let said = "";
  return new Promise((resolve, reject) => {
    server.stderr?.on("data", (chunk) => {
      said += String(chunk);
      if (said.includes('"msg":"serving"')) resolve();
    });
    server.on("exit", () => reject(new Error(`the server has ended: ${said}`)));
  });
}

async function fill(client: Client, server: ChildProcess, folder: string, { journeys, hops }: Wanted) {
  const { started } = await client.createSession(
    NAME,
    {
      // Packets of nobody: what is traced comes from the synthesizer. The trace ends when the history is full.
      filter: { allow: [{ sourceIpv4: ["240.0.0.1"], l4Protocols: [253] }] },
      options: {
        ringBytes: RING_BYTES,
        functionEncoding: FunctionEncoding.FUNCTION_ENCODING_IDS,
        maxJourneys: BigInt(journeys),
      },
    },
    { history: { maxBytes: HISTORY_BYTES } },
  );
  const [maps] = traceMaps(server.pid ?? 0);
  if (maps === undefined || started === undefined) throw new Error("the session traces nothing");
  const seconds = Math.ceil((journeys * hops) / EVENTS_PER_SECOND) + MORE_SECONDS;
  const functions = started.functions.length;
  const load = { maps, functions, hops, eventsPerSecond: EVENTS_PER_SECOND, seconds };
  const running = await RunningLoad.start(buildSynthesizer(folder), load);
  const session = await ended(client, seconds);
  await running.end();
  if (Number(session?.historyState?.journeys) !== journeys) {
    throw new Error(`the history has ${session?.historyState?.journeys} of ${journeys} journeys`);
  }
  return Number(session?.historyState?.bytes);
}

/** The session, when its trace has ended. */
async function ended(client: Client, timeoutSeconds: number): Promise<Session | undefined> {
  for (let waited = 0; waited < timeoutSeconds; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { session } = await client.session(NAME);
    if (session?.state === SessionState.SESSION_STATE_ENDED) return session;
  }
  throw new Error(`the history was not full after ${timeoutSeconds} s`);
}
