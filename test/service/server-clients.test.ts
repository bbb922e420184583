/** Clients that leave, clients that are slow, and a server that stops under them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { TraceEndReason, TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { LiveServer, TracedCall } from "./live-server.js";

const timeout = 20_000;
/** How long these servers would wait for clients when they stop: one that does is found by the timeout. */
const FOR_EVER_MS = 3_600_000;

describe("clients that leave", { timeout }, () => {
  it("and cancel their call end their trace", async (test) => {
    const server = await LiveServer.start(test);
    const [call, trace] = await server.trace();
    await call.traceId();
    const stopped = stopOf(trace);
    call.call.cancel();
    await stopped;
    assert.equal(trace.stops, 1);
  });

  it("and lose their connection end their trace", async (test) => {
    const server = await LiveServer.start(test);
    const { client, cut } = await server.fragileClient();
    const [call, trace] = await server.trace({}, client);
    await call.traceId();
    const stopped = stopOf(trace);
    cut();
    await stopped;
    assert.equal((await call.ended).code, status.UNAVAILABLE);
    assert.equal(trace.stops, 1);
  });

  it("while the server waits for them to read end their trace, too", async (test) => {
    const server = await LiveServer.start(test, FOR_EVER_MS);
    const [call, trace] = await server.trace();
    await call.traceId();
    call.call.pause();
    const stopped = stopOf(trace);
    for (let id = 1; id <= 400; id++) trace.send([id], 10_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    call.call.cancel();
    await stopped;
    assert.ok(call.journeyIds.length < 400, "the server did have to wait");
    await server.stop();
  });

  it("while their trace is being attached take it back", async (test) => {
    const server = await LiveServer.start(test);
    let open = (): void => {};
    server.collector.gate = new Promise((resolve) => {
      open = resolve;
    });
    const call = new TracedCall(server.client());
    await call.headers;
    call.call.cancel();
    await call.ended;
    const next = server.collector.nextTrace();
    open();
    const trace = await next;
    await until(() => trace.stops === 1);
  });
});

describe("a client that reads slowly", { timeout }, () => {
  it("loses journeys, is told so, and costs the other client nothing", async (test) => {
    const server = await LiveServer.start(test);
    const [slow, slowTrace] = await server.trace(TraceRequest.fromPartial({ options: { queueBytes: 200_000n } }));
    const [fast, fastTrace] = await server.trace();
    await slow.traceId();
    slow.call.pause();
    const count = 500;
    for (let id = 1; id <= count; id++) {
      slowTrace.send([id], 10_000);
      fastTrace.send([id], 1000);
      // The server gets time to pass on what it can: more than the client takes must stay in the queue.
      if (id % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await fast.stop()).code, status.OK);
    assert.equal(fast.journeyIds.length, count);
    const stopped = slow.stop();
    slow.call.resume();
    assert.equal((await stopped).code, status.OK);
    const last = slow.responses.at(-1)?.event;
    assert.ok(last?.$case === "ended");
    const { account } = last.value;
    const lost = account?.lost.reduce((sum, { totalLostEvents }) => sum + totalLostEvents, 0n) ?? 0n;
    assert.ok(lost > 0n, "nothing was lost");
    assert.equal(account?.seenEvents, BigInt(count * 2));
    assert.equal(account?.deliveredEvents, BigInt(slow.journeyIds.length * 2));
    assert.equal(account?.seenEvents, (account?.deliveredEvents ?? 0n) + lost);
    assert.ok(slow.kinds.includes("loss"));
  });
});

describe("stopping the server", { timeout }, () => {
  it("turns health to NOT_SERVING, ends traces with DRAINING and UNAVAILABLE, and takes no new ones", async (test) => {
    const server = await LiveServer.start(test);
    const service = "ipftrace.v1.TraceService";
    assert.deepEqual([await server.health(""), await server.health(service)], ["SERVING", "SERVING"]);
    const [call, trace] = await server.trace();
    await call.traceId();
    let finish = (): void => {};
    trace.onStop = () =>
      new Promise((resolve) => {
        finish = () => {
          trace.send([9]);
          resolve();
        };
      });
    const stopping = server.stop();
    assert.deepEqual([await server.health(""), await server.health(service)], ["NOT_SERVING", "NOT_SERVING"]);
    const refused = await new TracedCall(server.client()).ended;
    assert.deepEqual([refused.code, refused.details], [status.UNAVAILABLE, "the server is stopping"]);
    assert.equal(server.collector.isClosed, false);
    finish();
    assert.equal((await call.ended).code, status.UNAVAILABLE);
    assert.deepEqual(call.kinds, ["started", "batch", "ended"]);
    const last = call.responses.at(-1)?.event;
    assert.ok(last?.$case === "ended" && last.value.reason === TraceEndReason.TRACE_END_REASON_DRAINING);
    await stopping;
    assert.equal(server.collector.isClosed, true);
  });

  it("cuts off a client that does not read, when the time to drain is over", async (test) => {
    const drainMs = 300;
    const server = await LiveServer.start(test, drainMs);
    const [call, trace] = await server.trace();
    await call.traceId();
    call.call.pause();
    for (let id = 1; id <= 400; id++) trace.send([id], 10_000);
    const before = performance.now();
    await server.stop();
    const tookMs = performance.now() - before;
    // Timers may fire a little early.
    assert.ok(tookMs >= drainMs - 20, `${tookMs} ms`);
    await until(() => trace.stops === 1);
    call.call.resume();
    assert.notEqual((await call.ended).code, status.OK);
  });

  it("waits for nobody when nobody is there", async (test) => {
    const server = await LiveServer.start(test, FOR_EVER_MS);
    await server.stop();
  });
});

/** Resolves when a trace is stopped. */
function stopOf(trace: { onStop: () => void | Promise<void> }): Promise<void> {
  return new Promise((resolve) => {
    trace.onStop = () => resolve();
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await once(AbortSignal.timeout(5), "abort");
}
