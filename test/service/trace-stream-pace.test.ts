/** What a TraceStream does for a client that is too slow, and while nothing happens. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { OverflowPolicy, TraceEndReason } from "../../src/gen/ipftrace/v1/trace_service.js";
import { lostTotals } from "../helpers/totals.js";
import { assertFailure, mockClock, Reader, running } from "./streams.js";

const { TRACE_END_REASON_OVERFLOW: OVERFLOW, TRACE_END_REASON_STOPPED: STOPPED } = TraceEndReason;

describe("a client that reads too slowly", () => {
  const policies: [policy: OverflowPolicy, ids: number[], lost: bigint][] = [
    [OverflowPolicy.OVERFLOW_POLICY_DROP_OLDEST, [3, 4], 4n],
    [OverflowPolicy.OVERFLOW_POLICY_DROP_NEWEST, [1, 2], 4n],
  ];
  for (const [overflowPolicy, ids, lost] of policies) {
    it(`loses journeys by policy ${overflowPolicy}, and is told how many`, async () => {
      const { stream, trace } = await running({ queueBytes: 250n, overflowPolicy });
      for (const id of [1, 2, 3, 4]) trace.send([id], 100);
      const reader = new Reader(stream);
      stream.end(STOPPED);
      await reader.ended;
      const read = reader.all("batch").flatMap(({ journeys }) => journeys.map(({ journeyId }) => Number(journeyId)));
      assert.deepEqual(read, ids);
      const [queue, another] = reader.all("loss")[0]?.stages ?? [];
      assert.equal(another, undefined);
      assert.deepEqual(
        [queue?.stage, queue?.lostEvents, queue?.totalLostEvents],
        [LossStage.LOSS_STAGE_QUEUE, lost, lost],
      );
      assert.ok((queue?.firstTimeNs ?? 0n) > 0n && queue?.firstTimeNs === queue?.lastTimeNs);
      const account = reader.all("ended")[0]?.account;
      assert.equal(account?.deliveredEvents, 4n);
      assert.equal(account?.seenEvents, (account?.deliveredEvents ?? 0n) + lost);
      assert.equal(reader.error, undefined);
    });
  }

  it("is cut off with policy TERMINATE, after what it could get", async () => {
    const { stream, trace } = await running({
      queueBytes: 250n,
      overflowPolicy: OverflowPolicy.OVERFLOW_POLICY_TERMINATE,
    });
    for (const id of [1, 2, 3, 4]) trace.send([id], 100);
    const reader = new Reader(stream);
    await reader.ended;
    assert.deepEqual(reader.kinds, ["started", "batch", "batch", "loss", "ended"]);
    assert.equal(reader.endReason, OVERFLOW);
    assertFailure(reader.error, "LIMIT_REACHED", /too slowly/);
    assert.equal(trace.stops, 1);
  });
});

describe("while nothing happens", () => {
  it("heartbeats come with the account, and only then", async (test) => {
    test.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
    const nowMs = mockClock(test);
    const { stream, trace } = await running({ heartbeatIntervalMs: 1000 });
    const reader = new Reader(stream);
    const tick = async (toMs: number): Promise<void> => {
      nowMs(toMs);
      test.mock.timers.tick(1000);
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    await tick(1000);
    trace.events.totals(trace.totals);
    trace.send([1]);
    await tick(1400);
    await tick(2400);
    stream.end(STOPPED);
    await reader.ended;
    assert.deepEqual(reader.kinds, ["started", "heartbeat", "batch", "heartbeat", "ended"]);
    const [first, second] = reader.all("heartbeat");
    assert.equal(first?.account?.deliveredEvents, 0n);
    assert.equal(second?.account?.deliveredEvents, 2n);
    assert.ok((first?.monotonicNs ?? 0n) > 0n);
  });

  it("totals that nobody waits for are told only when something was lost, each loss once", async () => {
    const { stream, trace } = await running();
    const reader = new Reader(stream);
    trace.events.totals({ ...trace.totals, seen: 5, filtered: 5 });
    trace.events.totals({ ...lostTotals({ tracking: 4 }), seen: 9, filtered: 5 });
    trace.events.totals({ ...lostTotals({ tracking: 4 }), seen: 9, filtered: 5 });
    trace.totals = { ...lostTotals({ tracking: 5 }), seen: 10, filtered: 5 };
    stream.end(STOPPED);
    await reader.ended;
    assert.deepEqual(reader.kinds, ["started", "loss", "loss", "ended"]);
    assert.deepEqual(
      reader.all("loss").flatMap(({ stages }) => stages.map(({ lostEvents }) => lostEvents)),
      [4n, 1n],
    );
  });

  it("no timer outlives the trace", async () => {
    const { stream } = await running({ durationMs: 3_600_000, heartbeatIntervalMs: 3_600_000 });
    await stream.abandon();
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((name) => name === "Timeout"),
      [],
    );
  });
});
