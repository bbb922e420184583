import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Overhead } from "../../src/collector/messages.js";
import { TraceEndReason } from "../../src/gen/ipftrace/v1/trace_service.js";
import { NO_TOTALS } from "../../src/hub/account.js";
import { overheadOf } from "../../src/service/overhead.js";
import { assertFailure, Reader, running } from "./streams.js";

const { TRACE_END_REASON_OVER_BUDGET: OVER_BUDGET, TRACE_END_REASON_STOPPED: STOPPED } = TraceEndReason;

const overhead: Overhead = {
  runTimeNs: 1000n,
  runs: 10n,
  cpuPercent: 2.5,
  maxCpuPercent: 5,
  followedOneIn: 1,
};
const told = { runTimeNs: 1000n, runCount: 10n, cpuPercent: 2.5, maxCpuPercent: 5, followedOneIn: 1 };

describe("what a trace costs", () => {
  it("is unknown, not zero, where it is not measured", () => {
    assert.equal(overheadOf(NO_TOTALS), undefined);
    assert.deepEqual(overheadOf({ overhead }), told);
  });

  it("is told at once when the sampling changes, and at the end", async () => {
    const { stream, trace } = await running();
    const reader = new Reader(stream);
    const tell = (followedOneIn: number): void => {
      trace.totals = { ...NO_TOTALS, overhead: { ...overhead, followedOneIn } };
      trace.events.totals(trace.totals);
    };
    for (const oneIn of [1, 1, 4, 4, 0]) {
      tell(oneIn);
      await new Promise(setImmediate);
    }
    stream.end(STOPPED);
    await reader.ended;
    assert.deepEqual(
      reader.all("heartbeat").map((heartbeat) => heartbeat.overhead),
      [4, 0].map((followedOneIn) => ({ ...told, followedOneIn })),
    );
    assert.deepEqual(reader.all("ended")[0]?.overhead, { ...told, followedOneIn: 0 });
  });

  it("ends the trace when it is too much even so: the last message says why, then LIMIT_REACHED", async () => {
    const { stream, trace } = await running();
    const reader = new Reader(stream);
    trace.events.overBudget("costs 7 %");
    await reader.ended;
    assert.equal(reader.endReason, OVER_BUDGET);
    assert.equal(reader.all("ended")[0]?.detail, "costs 7 %");
    assertFailure(reader.error, "LIMIT_REACHED", /ended: costs 7 %/);
    assert.equal(trace.stops, 1);
  });
});
