/** Many clients of one trace: it is traced once, encoded once, and kept once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { statusOf, TracedCall } from "../service/live-server.js";
import { ServerProcess } from "./server-process.js";

const SUBSCRIBERS = 64;
const MIB = 1024 * 1024;
const QUEUE_BYTES = 8 * MIB;
const BATCH_BYTES = 16 * 1024;
/** What lies in the stream of a client that does not read: 16 messages and a window, and what grpc-js adds. */
const STREAM_BYTES = 32 * BATCH_BYTES;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const request = TraceRequest.fromPartial({ options: { queueBytes: BigInt(QUEUE_BYTES) } });

/** A server and its subscribers, each with a connection of its own. */
async function crowded(server: ServerProcess): Promise<TracedCall[]> {
  const calls = Array.from({ length: SUBSCRIBERS }, () => new TracedCall(server.client(), request));
  await Promise.all(calls.map((call) => call.traceId()));
  const { startedTraces, runningTraces } = await server.state();
  assert.deepEqual({ startedTraces, runningTraces }, { startedTraces: 1, runningTraces: 1 });
  return calls;
}

async function stopAll(server: ServerProcess, calls: readonly TracedCall[]): Promise<void> {
  const client = server.client();
  for (const call of calls) {
    const traceId = await call.traceId();
    assert.equal((await statusOf((done) => client.stopTrace({ traceId }, done))).code, status.OK);
  }
  for (const call of calls) assert.equal((await call.ended).code, status.OK);
}

test(`${SUBSCRIBERS} clients of one trace get all of it, each in order`, { timeout: 180_000 }, async (context) => {
  const server = await ServerProcess.start(context);
  const calls = await crowded(server);
  await server.flood(1024, 50);
  await pause(3000);
  const { batches } = await server.flood(0, 0);
  await stopAll(server, calls);
  assert.ok(batches > 100);
  for (const call of calls) {
    assert.equal(call.kinds.filter((kind) => kind === "batch").length, batches);
    const numbers = call.responses.map(({ sequence }) => sequence);
    assert.deepEqual(
      numbers,
      numbers.map((_, n) => BigInt(n + 1)),
    );
  }
});

test(`${SUBSCRIBERS} clients of one trace that all pause cost one queue and their streams`, {
  timeout: 180_000,
}, async (context) => {
  const server = await ServerProcess.start(context);
  const calls = await crowded(server);
  for (const call of calls) call.call.pause();
  const before = await server.state();
  await server.flood(BATCH_BYTES, 1000);
  // Three times what a queue holds, at least.
  while ((await server.state()).batches * BATCH_BYTES < 3 * QUEUE_BYTES) await pause(100);
  const { memory } = await server.flood(0, 0);
  const cost = memory.heapUsed + memory.external - before.memory.heapUsed - before.memory.external;
  context.diagnostic(`${(cost / MIB).toFixed(1)} MiB for ${SUBSCRIBERS} queues of ${QUEUE_BYTES / MIB} MiB`);
  assert.ok(cost < 2 * QUEUE_BYTES + SUBSCRIBERS * STREAM_BYTES, `${cost} bytes`);
  for (const call of calls) call.call.resume();
  await stopAll(server, calls);
  for (const call of calls) {
    const last = call.responses.at(-1)?.event;
    assert.ok(last?.$case === "ended" && last.value.account !== undefined);
    const { seenEvents, deliveredEvents, lost } = last.value.account;
    assert.equal(
      seenEvents,
      lost.reduce((sum, { totalLostEvents }) => sum + totalLostEvents, deliveredEvents),
    );
    assert.ok(seenEvents > deliveredEvents, "nothing was lost: they did not pause");
  }
});
