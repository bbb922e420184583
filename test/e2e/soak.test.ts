/**
 * A server under load for a while: 200,000 events a second of one trace that clients share, clients that come, read,
 * pause, leave and vanish, and sessions. Every stream that ends in good order adds up, and memory stays what it is.
 * IPFTRACE_SOAK_SECONDS=600 is the long form.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { CreateSessionRequest, SessionServiceClient } from "../../src/gen/ipftrace/v1/session_service.js";
import { TraceServiceClient } from "../../src/gen/ipftrace/v1/trace_service.js";
import { LeanStream } from "../helpers/lean-stream.js";
import { ipftrace, type Running } from "../helpers/processes.js";
import { lineThrough } from "../helpers/regression.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { buildSynthesizer, RunningLoad, traceMaps } from "../helpers/synthetic.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { whyNotHere } from "./why-not.js";

const SECONDS = Number(process.env["IPFTRACE_SOAK_SECONDS"] ?? 20);
const EVENTS_PER_SECOND = 200_000;
const HOPS = 8;
const MIB = 1024 * 1024;
/** The part of the time in which memory grows to what the load takes. */
const WARM_UP = 0.25;
/** More than such a server ever holds: a ring of 64 MiB counts twice, because it is mapped twice. */
const MAX_BYTES = 768 * MIB;
/** Of shorter runs no slope is judged, and one that would be this much in ten minutes is none. */
const MIN_SECONDS_FOR_SLOPE = 300;
const FLAT_BYTES_PER_SECOND = (16 * MIB) / 600;
/** Clients beside the one that stays, at a time, and how long they stay at most. */
const GUESTS = 4;
const MAX_STAY_MS = Math.min(10_000, SECONDS * 200);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Packets of nobody: what is traced comes from the synthesizer. The ring holds 4 s, for a busy machine. */
const wish = {
  filter: { allow: [{ sourceIpv4: ["192.0.2.1"] }] },
  options: { ringBytes: BigInt(64 * MIB) },
};

/** Guests that came, by what they did; and what was wrong with streams. */
interface Book {
  readonly visits: Map<string, number>;
  readonly faults: string[];
  checked: number;
}

/** Where guests go. */
class House {
  readonly target: string;
  readonly book: Book = { visits: new Map(), faults: [], checked: 0 };
  #lastSession = 0;

  constructor(target: string) {
    this.target = target;
  }

  client(): TraceServiceClient {
    return new TraceServiceClient(this.target, credentials.createInsecure(), own);
  }

  /** One guest, from coming to going. */
  async visit(): Promise<void> {
    const [name, stay] = visits[Math.floor(Math.random() * visits.length)] as (typeof visits)[number];
    this.book.visits.set(name, (this.book.visits.get(name) ?? 0) + 1);
    const client = this.client();
    await stay(this, client);
    client.close();
  }

  /** Ends a stream in good order, and looks at what it told. */
  async leave(client: TraceServiceClient, stream: LeanStream, who: string): Promise<void> {
    const { traceId } = stream;
    await new Promise<void>((resolve) => client.stopTrace({ traceId }, () => resolve()));
    await stream.ended;
    this.book.checked++;
    if (stream.wrong !== undefined) this.book.faults.push(`${who}: ${stream.wrong}`);
  }

  sessionName(): string {
    return `soak-${++this.#lastSession}`;
  }
}

const own = { "grpc.use_local_subchannel_pool": 1 };
type Stay = (house: House, client: TraceServiceClient) => Promise<void>;
const aWhile = () => pause(Math.random() * MAX_STAY_MS);

const visits: readonly (readonly [string, Stay])[] = [
  [
    "reads",
    async (house, client) => {
      const stream = new LeanStream(client, wish);
      await stream.started;
      await aWhile();
      await house.leave(client, stream, "a reader");
    },
  ],
  [
    "pauses",
    async (house, client) => {
      const stream = new LeanStream(client, { ...wish, options: { ...wish.options, queueBytes: BigInt(MIB) } });
      await stream.started;
      stream.call.pause();
      await aWhile();
      stream.call.resume();
      await house.leave(client, stream, "one that paused");
    },
  ],
  [
    "takes some",
    async (house, client) => {
      const stream = new LeanStream(client, { ...wish, options: { ...wish.options, maxJourneys: 1000n } });
      await stream.ended;
      house.book.checked++;
      if (stream.wrong !== undefined) house.book.faults.push(`one that takes some: ${stream.wrong}`);
    },
  ],
  [
    "cancels",
    async (_, client) => {
      const stream = new LeanStream(client, wish);
      await aWhile();
      stream.call.cancel();
      await stream.ended;
    },
  ],
  [
    "vanishes",
    async (_, client) => {
      const stream = new LeanStream(client, wish);
      await stream.started;
      stream.call.pause();
      await aWhile();
      client.close();
      stream.call.cancel();
    },
  ],
  [
    "has a trace of its own",
    async (house, client) => {
      const stream = new LeanStream(client, { ...wish, options: {}, filter: { allow: [{ destinationPorts: [9] }] } });
      await stream.started;
      await aWhile();
      await house.leave(client, stream, "a trace of its own");
    },
  ],
  [
    "keeps a session",
    async (house, client) => {
      const sessions = new SessionServiceClient(house.target, credentials.createInsecure(), own);
      const name = house.sessionName();
      const request = CreateSessionRequest.fromPartial({ name, trace: wish, history: { maxBytes: BigInt(MIB) } });
      await new Promise<void>((resolve) => {
        sessions.createSession(request, (error) => {
          if (error !== null) house.book.faults.push(`a session: ${error.details}`);
          resolve();
        });
      });
      const stream = new LeanStream(client, { session: { sessionName: name } });
      await stream.started;
      await aWhile();
      await house.leave(client, stream, "one that attached");
      await new Promise<void>((resolve) => sessions.deleteSession({ name }, () => resolve()));
      sessions.close();
    },
  ],
];

/** Resident memory, bytes. */
function residentBytes(server: Running): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))?.[1]) * 1024;
}

/** A server that keeps a trace, and the stream that stays. */
async function open(context: TestContext) {
  const target = `unix:${join(temporaryFolder(context), "s")}`;
  const server = ipftrace(context, ["serve", "--listen", `${target}@operator`]);
  await server.until(() => server.err.includes('"msg":"serving"'), "server");
  const house = new House(target);
  const client = house.client();
  context.after(() => client.close());
  const host = new LeanStream(client, wish);
  await host.started;
  assert.ok(host.functions > 0, "the trace did not start");
  return { server, house, client, host };
}

/** What the server held each second, as points of seconds and bytes. */
async function measured(server: Running, endMs: number): Promise<[number, number][]> {
  const points: [number, number][] = [];
  while (performance.now() < endMs) {
    await pause(1000);
    points.push([points.length, residentBytes(server)]);
  }
  return points;
}

kernelTest(
  `${SECONDS} s at ${EVENTS_PER_SECOND} events/s: memory is flat, every account exact`,
  whyNotHere,
  async (context) => {
    const synthesizer = buildSynthesizer(temporaryFolder(context));
    const { server, house, client, host } = await open(context);
    const [maps] = traceMaps(server.child.pid ?? 0);
    assert.ok(maps);
    const load = await RunningLoad.start(synthesizer, {
      ...{ maps, functions: host.functions, hops: HOPS },
      ...{ eventsPerSecond: EVENTS_PER_SECOND, seconds: 2 * SECONDS + 60 },
    });
    context.after(() => load.end());
    const endMs = performance.now() + SECONDS * 1000;
    const guest = async (): Promise<void> => {
      while (performance.now() < endMs) await house.visit();
    };
    const [points] = await Promise.all([measured(server, endMs), ...Array.from({ length: GUESTS }, guest)]);
    const sent = await load.end();
    await house.leave(client, host, "the one that stayed");

    const { book } = house;
    const { account } = host;
    const warm = points.slice(Math.floor(points.length * WARM_UP));
    const { slope, error } = lineThrough(warm);
    const most = (of: readonly (readonly [number, number])[]) => Math.max(...of.map(([, bytes]) => bytes));
    const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
    context.diagnostic(
      `${Math.round(sent.events / sent.seconds)} events/s for ${sent.seconds} s, ${host.journeys} journeys to one`,
    );
    context.diagnostic(
      `lost: ${account?.lost.map(({ stage, totalLostEvents }) => `${stage}: ${totalLostEvents}`).join() || "nothing"}`,
    );
    context.diagnostic(
      `guests: ${[...book.visits].map(([name, count]) => `${count} ${name}`).join(", ")}; ${book.checked} accounts`,
    );
    context.diagnostic(
      `memory: ${mib(warm[0]?.[1] ?? 0)} to ${mib(warm.at(-1)?.[1] ?? 0)}, at most ${mib(most(points))} MiB; ${(slope / 1024).toFixed(1)} ± ${(error / 1024).toFixed(1)} KiB/s`,
    );

    assert.deepEqual(book.faults, []);
    assert.ok((account?.seenEvents ?? 0n) >= BigInt(sent.events), `${account?.seenEvents} seen, ${sent.events} sent`);
    assert.ok(most(points) < MAX_BYTES, `${mib(most(points))} MiB`);
    if (SECONDS >= MIN_SECONDS_FOR_SLOPE) {
      assert.ok(slope < Math.max(3 * error, FLAT_BYTES_PER_SECOND), `memory grows by ${slope} ± ${error} bytes/s`);
    }
    assert.equal(await server.end("SIGTERM"), 0, server.err);
  },
);
