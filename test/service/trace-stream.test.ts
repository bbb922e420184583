import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { Backend } from "../../src/gen/ipftrace/v1/node.js";
import { TraceEndReason } from "../../src/gen/ipftrace/v1/trace_service.js";
import type { TraceStream } from "../../src/service/trace-stream.js";
import { LOST_AT, lostTotals } from "../helpers/totals.js";
import { FakeCollector, type FakeTrace } from "./fake-collector.js";
import { assertFailure, mockClock, Reader, running, streamOf } from "./streams.js";

const { TRACE_END_REASON_LIMIT: LIMIT, TRACE_END_REASON_DRAINING: DRAINING } = TraceEndReason;
const { TRACE_END_REASON_FAILED: FAILED, TRACE_END_REASON_STOPPED: STOPPED } = TraceEndReason;

describe("a trace from start to end", () => {
  it("sends started first, ended last, and every message with its number", async () => {
    const { stream, trace } = await running();
    const reader = new Reader(stream);
    trace.send([1, 2]);
    trace.send([3]);
    stream.end(STOPPED);
    await reader.ended;
    assert.deepEqual(reader.kinds, ["started", "batch", "batch", "ended"]);
    assert.deepEqual(
      reader.responses.map(({ sequence }) => sequence),
      [1n, 2n, 3n, 4n],
    );
    assert.equal(reader.endReason, STOPPED);
    assert.equal(reader.error, undefined);
    assert.equal(trace.stops, 1);
  });

  it("tells at the start what is traced", async () => {
    const { stream, trace } = await running({ maxHops: 9 });
    const reader = new Reader(stream);
    stream.end(STOPPED);
    await reader.ended;
    const [started] = reader.all("started");
    assert.equal(started?.traceId, stream.id);
    assert.equal(started?.backend, Backend.BACKEND_TRACEPOINT);
    assert.equal(started?.attachedFunctions, 1);
    assert.equal(started?.functions[0]?.name, "tracepoint:net_dev_queue");
    assert.deepEqual(started?.passedOver, [
      { backend: Backend.BACKEND_KPROBE, available: false, reason: "refused here", remedy: "run as root" },
    ]);
    assert.equal(started?.interfaces[0]?.name, "lo");
    assert.equal(started?.options?.maxHops, 9);
    assert.equal(started?.options?.batchDelayMs, 50);
    assert.equal(trace.spec.maxHops, 9);
  });

  it("sends what comes while it stops, and makes the account after that", async () => {
    const { stream, trace } = await running();
    const reader = new Reader(stream);
    trace.send([1]);
    trace.onStop = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      trace.send([2, 3]);
      trace.totals = {
        ...lostTotals({ ring: 3 }, trace.totals),
        seen: trace.totals.seen + 10,
        filtered: 7,
        matched: 4,
      };
    };
    stream.end(STOPPED);
    await reader.ended;
    assert.deepEqual(reader.kinds, ["started", "batch", "batch", "loss", "ended"]);
    const account = reader.all("ended")[0]?.account;
    assert.deepEqual(account, {
      seenEvents: 16n,
      filteredEvents: 7n,
      deliveredEvents: 6n,
      lost: [
        {
          stage: LossStage.LOSS_STAGE_RING,
          lostEvents: 0n,
          totalLostEvents: 3n,
          firstTimeNs: LOST_AT.firstNs,
          lastTimeNs: LOST_AT.lastNs,
          totalCutJourneys: 0n,
        },
      ],
      matchedPackets: 4n,
      deliveredJourneys: 3n,
      deliveredHops: 3n,
    });
  });

  it("has a number of its own", () => assert.notEqual(streamOf().id, streamOf().id));
});

describe("ends", () => {
  const ends: [what: string, end: (stream: TraceStream, trace: FakeTrace) => void, TraceEndReason, code?: string][] = [
    ["StopTrace", (stream) => stream.end(STOPPED), STOPPED],
    ["max_journeys", (_, trace) => trace.send([2]), LIMIT],
    ["the server drains", (stream) => stream.end(DRAINING), DRAINING, "UNAVAILABLE"],
    [
      "the collector fails",
      (_, trace) => trace.events.failed(new IpftraceError("UNAVAILABLE", "boom")),
      FAILED,
      "UNAVAILABLE",
    ],
  ];
  for (const [what, end, reason, code] of ends) {
    it(`${what}: the reason comes in the last message, ${code === undefined ? "then OK" : `then ${code}`}`, async () => {
      const { stream, trace } = await running({ maxJourneys: 2n });
      const reader = new Reader(stream);
      trace.send([1]);
      end(stream, trace);
      await reader.ended;
      assert.deepEqual(new Set(reader.kinds), new Set(["started", "batch", "ended"]));
      assert.equal(reader.endReason, reason);
      assert.equal(trace.stops, 1);
      if (code === undefined) assert.equal(reader.error, undefined);
      else assertFailure(reader.error, code, reason === FAILED ? /boom/ : /stopping/);
      assert.equal(reader.all("ended")[0]?.detail, reason === FAILED ? "boom" : "");
    });
  }

  it("the first reason counts, and the trace is stopped once", async () => {
    const { stream, trace } = await running();
    const reader = new Reader(stream);
    stream.end(LIMIT);
    stream.end(DRAINING);
    trace.events.failed(new Error("late"));
    await stream.abandon();
    await reader.ended;
    assert.equal(reader.endReason, LIMIT);
    assert.equal(reader.error, undefined);
    assert.equal(trace.stops, 1);
  });

  it("what fails while it stops is told, after the last message", async () => {
    const { stream, trace } = await running();
    const reader = new Reader(stream);
    trace.stopError = new Error("the worker is gone");
    stream.end(STOPPED);
    await reader.ended;
    assert.deepEqual(reader.kinds, ["started", "ended"]);
    assertFailure(reader.error, "UNAVAILABLE", /stop the trace: the worker is gone/);
  });

  it("duration_ms ends it by itself", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    const { stream, trace } = await running({ durationMs: 700 });
    const reader = new Reader(stream);
    test.mock.timers.tick(699);
    assert.equal(trace.stops, 0);
    test.mock.timers.tick(1);
    await reader.ended;
    assert.equal(reader.endReason, LIMIT);
  });
});

describe("a trace that does not start", () => {
  it("sends no message and tells why", async () => {
    const collector = new FakeCollector();
    collector.startError = new IpftraceError("KERNEL_UNSUPPORTED", "no kprobes");
    const stream = streamOf({}, collector);
    const reader = new Reader(stream);
    await assert.rejects(stream.start(), collector.startError);
    await stream.abandon();
    await reader.ended;
    assert.deepEqual(reader.responses, []);
  });

  it("is taken back when its client leaves while it attaches", async () => {
    const collector = new FakeCollector();
    const { promise: gate, resolve: open } = withResolvers();
    collector.gate = gate;
    const stream = streamOf({}, collector);
    const reader = new Reader(stream);
    const starting = stream.start();
    const abandoned = stream.abandon();
    open();
    await Promise.all([starting, abandoned, reader.ended]);
    assert.equal(collector.traces[0]?.stops, 1);
    assert.ok(!reader.kinds.includes("started"));
  });

  it("is told by the status alone when the server drains while it attaches: started would have to come first", async () => {
    const collector = new FakeCollector();
    const { promise: gate, resolve: open } = withResolvers();
    collector.gate = gate;
    const stream = streamOf({}, collector);
    const reader = new Reader(stream);
    const starting = stream.start();
    stream.end(DRAINING);
    open();
    await Promise.all([starting, reader.ended]);
    assert.deepEqual(reader.kinds, []);
    assertFailure(reader.error, "UNAVAILABLE", /stopping/);
    assert.equal(collector.traces[0]?.stops, 1);
  });

  it("tells of its progress when attaching takes more than a second", async (test) => {
    const nowMs = mockClock(test);
    const stream = streamOf();
    const reader = new Reader(stream);
    stream.progress(1, 30);
    nowMs(999);
    stream.progress(2, 30);
    nowMs(1000);
    stream.progress(20, 30);
    await stream.start();
    stream.end(STOPPED);
    await reader.ended;
    assert.deepEqual(reader.kinds, ["attachProgress", "started", "ended"]);
    assert.deepEqual(reader.all("attachProgress"), [{ attached: 20, total: 30 }]);
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
