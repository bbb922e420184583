/** Bytes on the socket that are no HTTP/2, or that no client sends: whoever sends them harms only itself. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { statusOf } from "../service/live-server.js";
import { callFields, END_HEADERS, END_STREAM, fields, frame, frameType, PREFACE, SETTINGS } from "./http2-frames.js";
import { ServerProcess } from "./server-process.js";

const PATH = "/ipftrace.v1.TraceService/GetNode";
/** How often each is done: what one connection leaves behind shows. */
const TIMES = 20;
/** How long a connection stays on which the server says nothing. */
const LINGER_MS = 20;
const MAX_GROWTH_BYTES = 6 * 1024 * 1024;
/** Connections with calls that are left lying, how many each begins, and what all of that may cost the server. */
const CONNECTIONS_LEFT = 10;
const CALLS_LEFT = 5000;
const MAX_LEFT_BYTES = 64 * 1024 * 1024;
const QUIET_MS = 500;
const START = Buffer.concat([PREFACE, SETTINGS]);

const { data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation } = frameType;
const repeat = (count: number, make: (n: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, n) => make(n)));
const open = (stream: number, flags = END_HEADERS): Buffer => frame(headers, flags, stream, fields(callFields(PATH)));
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const attacks: readonly (readonly [string, Buffer])[] = [
  ["nothing at all", Buffer.alloc(0)],
  ["HTTP/1.1", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  ["TLS", Buffer.from("16030100c8010000c40303", "hex")],
  ["half a preface", PREFACE.subarray(0, 10)],
  ["a preface with a wrong byte", Buffer.concat([PREFACE.subarray(0, -1), Buffer.from("x")])],
  ["a preface and nothing more", PREFACE],
  ["half the head of a frame", Buffer.concat([START, SETTINGS.subarray(0, 5)])],
  ["a frame that is longer than it may be", Buffer.concat([START, frame(data, 0, 1, Buffer.alloc(0), 0xff_ffff)])],
  [
    "a frame that is shorter than it says",
    Buffer.concat([START, frame(headers, END_HEADERS, 1, Buffer.alloc(3), 100)]),
  ],
  ["settings of 5 bytes", Buffer.concat([START, frame(settings, 0, 0, Buffer.alloc(5))])],
  ["settings of a stream", Buffer.concat([START, frame(settings, 0, 1)])],
  ["a type of frame that does not exist", Buffer.concat([START, frame(77, 255, 1, Buffer.alloc(100))])],
  ["data of no stream", Buffer.concat([START, frame(data, 0, 0, Buffer.alloc(10))])],
  ["data of a stream that was never opened", Buffer.concat([START, frame(data, 0, 9, Buffer.alloc(10))])],
  ["a stream of an even number", Buffer.concat([START, open(2)])],
  ["streams whose numbers go down", Buffer.concat([START, open(9), open(3)])],
  ["a stream twice", Buffer.concat([START, open(1), open(1)])],
  ["a continuation of nothing", Buffer.concat([START, frame(continuation, END_HEADERS, 1, Buffer.alloc(10))])],
  ["a promise from a client", Buffer.concat([START, frame(pushPromise, END_HEADERS, 1, u32(2))])],
  [
    "an index that no header has",
    Buffer.concat([START, frame(headers, END_HEADERS, 1, Buffer.of(0xff, 0xff, 0xff, 0x7f))]),
  ],
  ["headers without a path", Buffer.concat([START, frame(headers, END_HEADERS, 1, fields([[":method", "POST"]]))])],
  [
    "headers with line ends in them",
    Buffer.concat([START, frame(headers, END_HEADERS, 1, fields([...callFields(PATH), ["a", "b\r\nc: d"]]))]),
  ],
  [
    "a window that overflows",
    Buffer.concat([
      START,
      open(1),
      frame(windowUpdate, 0, 1, u32(0x7fff_ffff)),
      frame(windowUpdate, 0, 0, u32(0x7fff_ffff)),
    ]),
  ],
  ["a window of nothing", Buffer.concat([START, open(1), frame(windowUpdate, 0, 1, u32(0))])],
  ["a farewell, and then a call", Buffer.concat([START, frame(goAway, 0, 0, Buffer.alloc(8)), open(1)])],
  ["a call that never sends its message", Buffer.concat([START, open(1)])],
  [
    "a call that leaves in the middle of its message",
    Buffer.concat([START, open(1), frame(data, 0, 1, Buffer.of(0, 0, 0, 1, 0, 8))]),
  ],
  ["many headers", Buffer.concat([START, ...flood(2000)])],
  [
    "headers that never end",
    Buffer.concat([START, open(1, 0), repeat(2000, () => frame(continuation, 0, 1, fields([["x", "y".repeat(500)]])))]),
  ],
  [
    "headers that never end, and are empty",
    Buffer.concat([START, open(1, 0), repeat(20_000, () => frame(continuation, 0, 1))]),
  ],
  [
    "calls that are taken back at once",
    Buffer.concat([START, repeat(5000, (n) => Buffer.concat([open(2 * n + 1), frame(reset, 0, 2 * n + 1, u32(8))]))]),
  ],
  ["more calls than anybody makes", Buffer.concat([START, repeat(5000, (n) => open(2 * n + 1))])],
  ["pings", Buffer.concat([START, repeat(20_000, () => frame(ping, 0, 0, Buffer.alloc(8)))])],
  ["settings again and again", Buffer.concat([START, repeat(20_000, () => SETTINGS)])],
  ["priorities", Buffer.concat([START, repeat(20_000, (n) => frame(priority, 0, 2 * n + 1, Buffer.alloc(5)))])],
  ["data that is empty", Buffer.concat([START, open(1), repeat(20_000, () => frame(data, 0, 1))])],
  ["a call that ends before its message", Buffer.concat([START, open(1, END_HEADERS | END_STREAM)])],
];

/** One call with so many header fields, in as many frames as it takes. */
function flood(count: number): Buffer[] {
  const block = fields([
    ...callFields(PATH),
    ...Array.from({ length: count }, (_, n): [string, string] => [`x-${n}`, "y".repeat(20)]),
  ]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < block.length; at += 16_000) {
    const isLast = at + 16_000 >= block.length;
    pieces.push(frame(at === 0 ? headers : continuation, isLast ? END_HEADERS : 0, 1, block.subarray(at, at + 16_000)));
  }
  return pieces;
}

/** Sends bytes, and goes away when the server has hung up, or says nothing more. */
async function send(path: string, bytes: Buffer): Promise<void> {
  const socket = connect(path);
  socket.on("error", () => {});
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(bytes);
  const quiet = new Promise<void>((resolve) => socket.setTimeout(LINGER_MS, resolve));
  await Promise.race([closed, quiet]);
  socket.destroy();
  await closed;
}

test("bytes that are no gRPC harm nobody else", async (context) => {
  const server = await ServerProcess.start(context);
  const other = server.client();
  const isServed = async (): Promise<void> => {
    assert.equal((await statusOf((done) => other.getNode({}, done))).code, status.OK, "a client that was there");
    const fresh = server.client();
    assert.equal((await statusOf((done) => fresh.getNode({}, done))).code, status.OK, "a client that comes");
    fresh.close();
  };
  // A trace of somebody else goes on through all of it.
  const trace = other.trace(TraceRequest.fromPartial({}));
  trace.on("data", () => {});
  await once(trace, "data");
  let heap = 0;
  for (const round of ["warm-up", "measured"]) {
    for (const [name, bytes] of attacks) {
      await context.test(`${name} (${round})`, async () => {
        for (let time = 0; time < TIMES; time += 4) await Promise.all([0, 1, 2, 3].map(() => send(server.path, bytes)));
        await isServed();
      });
    }
    const { memory, runningTraces } = await server.state();
    assert.equal(runningTraces, 1);
    if (round === "warm-up") heap = memory.heapUsed + memory.external;
    else
      assert.ok(
        memory.heapUsed + memory.external - heap < MAX_GROWTH_BYTES,
        `${heap} → ${memory.heapUsed + memory.external}`,
      );
  }
  trace.on("error", () => {});
  trace.cancel();
});

test("calls that are begun and left lying cost what the server allows for them", {
  timeout: 60_000,
}, async (context) => {
  const server = await ServerProcess.start(context);
  const before = await server.state();
  const calls = Buffer.concat([START, repeat(CALLS_LEFT, (n) => open(2 * n + 1))]);
  const sockets = Array.from({ length: CONNECTIONS_LEFT }, () => connect(server.path));
  for (const socket of sockets) {
    socket.on("error", () => {});
    socket.resume();
    socket.write(calls);
  }
  await quiet(sockets);
  const { memory } = await server.state();
  const cost = memory.heapUsed + memory.external - before.memory.heapUsed - before.memory.external;
  context.diagnostic(`${cost} bytes`);
  assert.ok(cost < MAX_LEFT_BYTES, `${CONNECTIONS_LEFT} connections with ${CALLS_LEFT} calls each cost ${cost} bytes`);
  assert.equal((await statusOf((done) => server.client().getNode({}, done))).code, status.OK);
  for (const socket of sockets) socket.destroy();
});

/** Resolves when nothing more comes from the server. */
async function quiet(sockets: readonly Socket[]): Promise<void> {
  const heard = (): number => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  for (let [before, now] = [-1, heard()]; now > before; [before, now] = [now, heard()]) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}
