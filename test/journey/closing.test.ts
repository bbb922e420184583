import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Completeness, EndReason } from "../../src/gen/ipftrace/v1/journey.js";
import { first, Harness, IDLE_NS, row } from "./harness.js";

const { END_REASON_IDLE_TIMEOUT: IDLE, END_REASON_EVICTED: EVICTED, END_REASON_TRACE_STOPPED: STOPPED } = EndReason;
const { END_REASON_EGRESS: EGRESS, END_REASON_CONSUMED: CONSUMED } = EndReason;
const OPEN_END = Completeness.COMPLETENESS_OPEN_END;

describe("the idle timeout", () => {
  it("closes a journey when it is over, not before, and untracks the packet", () => {
    const harness = new Harness();
    harness.accept(first(5, 1000, { skb: 0xffff_8881_0203_0405n }), row(5, 4000));
    harness.assembler.advance(4000 + IDLE_NS - 1);
    assert.equal(harness.delivered.length, 0);
    harness.assembler.advance(4000 + IDLE_NS);
    const [journey] = harness.journeys;
    assert.equal(journey?.endReason, IDLE);
    assert.equal(journey?.completeness, OPEN_END);
    assert.deepEqual(harness.untracked, [[0x0203_0405, 0xffff_8881, 5]]);
    assert.equal(harness.assembler.pending, 0);
  });

  it("counts for each journey by itself, and every record puts it off", () => {
    const harness = new Harness();
    harness.accept(first(1, 0), first(2, 10), first(3, 20), row(1, 30));
    harness.assembler.advance(10 + IDLE_NS);
    assert.deepEqual(harness.keys, [2]);
    harness.assembler.advance(30 + IDLE_NS);
    assert.deepEqual(harness.keys, [2, 3, 1]);
  });

  it("does not close a journey that waits for older records", () => {
    const harness = new Harness({ idleTimeoutNs: 10 });
    harness.accept(first(1, 100), row(1, 100, { end: CONSUMED, isRow: false }));
    harness.assembler.advance(500);
    assert.equal(harness.delivered.length, 0);
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ endReason }) => endReason),
      [CONSUMED],
    );
    assert.deepEqual(harness.untracked, []);
  });
});

describe("eviction", () => {
  it("makes room for a new journey: the one idle longest goes", () => {
    const harness = new Harness({ maxOpen: 3 });
    harness.accept(first(1, 10), first(2, 20), first(3, 30), row(1, 40), first(4, 50));
    assert.deepEqual(harness.keys, [2]);
    assert.equal(harness.journeys[0]?.endReason, EVICTED);
    assert.equal(harness.journeys[0]?.completeness, OPEN_END);
    assert.deepEqual(
      harness.untracked.map(([, , key]) => key),
      [2],
    );
    assert.equal(harness.assembler.pending, 3);
    harness.accept(row(2, 60));
    assert.equal(harness.assembler.lateEvents, 1);
  });

  it("takes one that has ended first, although its time to wait is not over", () => {
    const harness = new Harness({ maxOpen: 3 });
    harness.accept(first(1, 10), first(2, 20), row(2, 25, { end: EGRESS }), first(3, 30), first(4, 40));
    assert.deepEqual(
      harness.journeys.map(({ endReason }) => endReason),
      [EGRESS],
    );
    assert.deepEqual(harness.untracked, []);
  });

  it("makes room for a hop likewise, never taking the journey that needs it", () => {
    const harness = new Harness({ maxHops: 5, maxOpenHops: 6 });
    harness.accept(first(1, 1), row(1, 2), row(1, 3), first(2, 4), row(2, 5), row(2, 6));
    assert.equal(harness.delivered.length, 0);
    harness.accept(row(1, 7));
    assert.deepEqual(harness.keys, [2]);
    assert.equal(harness.journeys[0]?.endReason, EVICTED);
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ hops }) => hops.length),
      [3, 4],
    );
    harness.assertAllFree();
  });

  it("never delivers an ended journey while it grows: its straggler is late instead", () => {
    const harness = new Harness({ maxHops: 2, maxOpenHops: 3 });
    harness.accept(first(1, 1), first(2, 2), row(2, 4, { end: EGRESS }), row(2, 3));
    assert.equal(harness.assembler.lateEvents, 1);
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.delivered.map(({ events }) => events),
      [2, 1],
    );
    harness.assertAllFree();
  });

  it("needs room for two journeys, and for more hops than one may have", () => {
    assert.throws(() => new Harness({ maxOpen: 1 }), RangeError);
    assert.throws(() => new Harness({ maxHops: 8, maxOpenHops: 8 }), RangeError);
    new Harness({ maxOpen: 2, maxHops: 8, maxOpenHops: 9 });
  });
});

describe("the end of the trace", () => {
  it("delivers what has ended with its reason, then the rest as TRACE_STOPPED with an open end", () => {
    const harness = new Harness();
    harness.accept(first(1, 10, { skb: 64n }), first(2, 20), row(2, 30, { end: EGRESS }), first(3, 40, { lost: 2 }));
    harness.assembler.closeAll();
    const seen = harness.journeys.map(({ endReason, completeness }) => [endReason, completeness]);
    assert.deepEqual(harness.keys, [2, 1, 3]);
    assert.deepEqual(seen, [
      [EGRESS, Completeness.COMPLETENESS_COMPLETE],
      [STOPPED, OPEN_END],
      [STOPPED, Completeness.COMPLETENESS_HOPS_LOST],
    ]);
    assert.deepEqual(harness.untracked, [
      [64, 0, 1],
      [0, 0, 3],
    ]);
    assert.equal(harness.assembler.pending, 0);
    harness.assembler.closeAll();
    assert.equal(harness.delivered.length, 3);
    harness.assertAllFree();
  });
});

describe("a packet that the kernel forgot to make room for others", () => {
  const ends: [what: string, close: (harness: Harness) => void][] = [
    ["at its idle timeout", (harness) => harness.assembler.advance(10 + IDLE_NS)],
    ["at the end of the trace", (harness) => harness.assembler.closeAll()],
  ];
  for (const [what, close] of ends) {
    it(`is told as evicted ${what}, and counted`, () => {
      const harness = new Harness();
      harness.lostInKernel.set(1, -1);
      harness.accept(first(1, 10), first(2, 10));
      close(harness);
      const reasons = new Map(harness.delivered.map(({ key, journey }) => [key, journey.endReason]));
      assert.equal(reasons.get(1), EVICTED);
      assert.notEqual(reasons.get(2), EVICTED);
      assert.equal(harness.assembler.cutJourneys, 1);
      assert.deepEqual(
        harness.journeys.map(({ lostHops }) => lostHops),
        [0, 0],
      );
    });
  }
});
