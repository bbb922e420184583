/**
 * Clients that pause, never read, vanish, and come in crowds, at a full rate of journeys. IPFTRACE_HARDENING=long
 * takes a minute where CI takes seconds.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { status } from "@grpc/grpc-js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { TracedCall } from "../service/live-server.js";
import { callFields, END_HEADERS, END_STREAM, fields, frame, frameType, PREFACE, SETTINGS } from "./http2-frames.js";
import type { State } from "./server-main.js";
import { ServerProcess } from "./server-process.js";

const isLong = process.env["IPFTRACE_HARDENING"] === "long";
const timeout = isLong ? 180_000 : 60_000;
const MIB = 1024 * 1024;
const QUEUE_BYTES = 8 * MIB;
/** What a client may cost beside its queue. */
const MAX_MORE_BYTES = 8 * MIB;
/** Full rate: 100 MiB/s in batches of 64 KiB. */
const BATCH_BYTES = 64 * 1024;
const BATCHES_PER_SECOND = 1600;
const PAUSE_SECONDS = isLong ? 60 : 5;
const CONNECTS_PER_SECOND = 200;
const CONNECT_SECONDS = isLong ? 60 : 5;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const request = TraceRequest.fromPartial({ options: { queueBytes: BigInt(QUEUE_BYTES) } });

/** What the server costs, less what it cost before, bytes: the most of so many measurements, one a second. */
async function mostOver(server: ServerProcess, before: State["memory"], seconds: number) {
  let [heap, malloc] = [0, 0];
  for (let second = 0; second < seconds; second++) {
    await pause(1000);
    const { memory } = await server.state();
    heap = Math.max(heap, memory.heapUsed + memory.external - before.heapUsed - before.external);
    malloc = Math.max(malloc, memory.malloc - before.malloc);
  }
  return { heap, malloc };
}

/** Fails when a client cost more than its queue and a little. */
function assertBounded(context: TestContext, { heap, malloc }: { heap: number; malloc: number }): void {
  context.diagnostic(`heap +${(heap / MIB).toFixed(1)} MiB, malloc +${(malloc / MIB).toFixed(1)} MiB`);
  assert.ok(heap < QUEUE_BYTES + MAX_MORE_BYTES, `${heap} bytes of heap`);
  assert.ok(malloc < QUEUE_BYTES + MAX_MORE_BYTES, `${malloc} bytes of malloc`);
}

/** A server whose memory has grown to what such a rate takes: one client has read for some seconds. */
async function busyServer(test: TestContext): Promise<ServerProcess> {
  const server = await ServerProcess.start(test);
  const reader = new TracedCall(server.client(), request);
  await reader.received(1);
  await server.flood(BATCH_BYTES, BATCHES_PER_SECOND);
  await pause(3000);
  reader.call.cancel();
  await reader.ended;
  reader.responses.length = 0;
  await settled(server);
  return server;
}

async function settled(server: ServerProcess): Promise<void> {
  while ((await server.state()).runningTraces > 0) await pause(20);
}

describe("a client at full rate", { timeout }, () => {
  it(`that pauses for ${PAUSE_SECONDS} s costs its queue, and gets an exact account when it goes on`, async (test) => {
    const server = await busyServer(test);
    const call = new TracedCall(server.client(), request);
    const traceId = await call.traceId();
    call.call.pause();
    const { memory } = await server.state();
    assertBounded(test, await mostOver(server, memory, PAUSE_SECONDS));
    await server.flood(0, 0);
    call.call.resume();
    server.client().stopTrace({ traceId }, () => {});
    assert.equal((await call.ended).code, status.OK);
    const last = call.responses.at(-1)?.event;
    assert.ok(last?.$case === "ended" && last.value.account !== undefined);
    const { seenEvents, deliveredEvents, lost } = last.value.account;
    const lostEvents = lost.reduce((sum, { totalLostEvents }) => sum + totalLostEvents, 0n);
    assert.ok(lostEvents > 0n, "nothing was lost: it did not pause");
    assert.equal(seenEvents, deliveredEvents + lostEvents);
    assert.deepEqual(
      call.responses.map(({ sequence }) => sequence),
      call.responses.map((_, n) => BigInt(n + 1)),
    );
  });

  it("that never reads costs its queue, and is cut off when it does not answer", async (test) => {
    const server = await busyServer(test);
    const { memory } = await server.state();
    const socket = connect(server.path);
    socket.on("error", () => {});
    socket.pause();
    socket.write(traceCall());
    while ((await server.state()).runningTraces === 0) await pause(20);
    assertBounded(test, await mostOver(server, memory, PAUSE_SECONDS));
    // Within keepalive time and timeout, 40 s.
    if (isLong) assert.equal((await server.state()).runningTraces, 0);
    socket.destroy();
    await settled(server);
  });

  it("that reads gets everything, in order", async (test) => {
    const server = await ServerProcess.start(test);
    const call = new TracedCall(server.client(), request);
    const traceId = await call.traceId();
    await server.flood(1024, 8000);
    await pause(3000);
    const { batches } = await server.flood(0, 0);
    server.client().stopTrace({ traceId }, () => {});
    assert.equal((await call.ended).code, status.OK);
    const kinds = call.kinds.filter((kind) => kind !== "heartbeat");
    assert.deepEqual([kinds[0], kinds.at(-1)], ["started", "ended"]);
    assert.equal(kinds.filter((kind) => kind === "batch").length, batches);
  });

  it("that vanishes, a hundred times, leaves nothing behind", async (test) => {
    const server = await busyServer(test);
    const { memory, startedTraces } = await server.state();
    for (let time = 0; time < 100; time++) {
      const socket = connect(server.path);
      socket.on("error", () => {});
      socket.write(traceCall());
      // Some before they get an answer, some while it waits for them to read.
      if (time % 4 !== 0) await once(socket, "readable");
      if (time % 4 === 3) await pause(20);
      socket.destroy();
    }
    await settled(server);
    const after = await server.state();
    assert.ok(after.startedTraces >= startedTraces + 75, "the traces did not start");
    const growth = after.memory.heapUsed + after.memory.external - memory.heapUsed - memory.external;
    test.diagnostic(`heap +${(growth / MIB).toFixed(1)} MiB`);
    assert.ok(growth < 4 * MIB, `${growth} bytes`);
  });
});

/** The bytes of a connection with one Trace call. */
function traceCall(): Buffer {
  const body = Buffer.from(TraceRequest.encode(request).finish());
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([
    PREFACE,
    SETTINGS,
    frame(frameType.headers, END_HEADERS, 1, fields(callFields("/ipftrace.v1.TraceService/Trace"))),
    frame(frameType.data, END_STREAM, 1, Buffer.concat([head, body])),
  ]);
}

describe("a crowd", { timeout }, () => {
  const total = CONNECTS_PER_SECOND * CONNECT_SECONDS;

  it(`of ${total} connections, ${CONNECTS_PER_SECOND} a second, is served and forgotten`, async (test) => {
    const server = await ServerProcess.start(test);
    const tenth = total / 10;
    const sinceMs = performance.now();
    let heap = 0;
    let answered = 0;
    const pending: Promise<void>[] = [];
    for (let n = 0; n < total; n++) {
      const dueMs = (n / CONNECTS_PER_SECOND) * 1000 - (performance.now() - sinceMs);
      if (dueMs > 0) await pause(dueMs);
      pending.push(
        askOnce(server).then((socket) => {
          answered++;
          socket.destroy();
        }),
      );
      if (n === tenth) heap = (await server.state()).memory.heapUsed;
    }
    await Promise.all(pending);
    assert.equal(answered, total);
    const tookMs = performance.now() - sinceMs;
    await pause(500);
    const { memory } = await server.state();
    const growth = memory.heapUsed - heap;
    test.diagnostic(`${(total / tookMs) * 1000} a second, heap ${growth} bytes more`);
    assert.ok(growth < 2 * MIB, `${growth} bytes more after ${total - tenth} connections`);
  });
});

/** One connection with one GetNode call; resolves when its answer has come. */
function askOnce(server: ServerProcess): Promise<Socket> {
  const socket = connect(server.path);
  socket.write(
    Buffer.concat([
      PREFACE,
      SETTINGS,
      frame(frameType.headers, END_HEADERS, 1, fields(callFields("/ipftrace.v1.TraceService/GetNode"))),
      frame(frameType.data, END_STREAM, 1, Buffer.alloc(5)),
    ]),
  );
  return new Promise((resolve, reject) => {
    let got = "";
    socket.on("data", (chunk: Buffer) => {
      got += chunk.toString("latin1");
      // The name of a feature, in the message; and what ends the stream is behind it.
      if (got.includes("filter.tuple")) resolve(socket);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("no answer")));
  });
}
