import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Completeness, EndReason } from "../../src/gen/ipftrace/v1/journey.js";
import { EndReason as Decided } from "../../src/journey/contract.js";
import { first, functions, Harness, REORDER_NS, row } from "./harness.js";

const { END_REASON_EGRESS: EGRESS, END_REASON_DROPPED: DROPPED, END_REASON_CONSUMED: CONSUMED } = EndReason;

describe("ends that the kernel tells", () => {
  const ends: [what: string, end: number, isRow: boolean, dropReason: number][] = [
    ["an egress function", EGRESS, true, 0],
    ["a drop outside of the traced functions", DROPPED, false, 7],
    ["a drop that is a traced tracepoint, too", DROPPED, true, 7],
    ["a packet used up", CONSUMED, false, 0],
  ];
  for (const [what, end, isRow, dropReason] of ends) {
    it(what, () => {
      const harness = new Harness();
      harness.accept(
        first(9, 1000, { function: 1 }),
        row(9, 1500, { function: 2 }),
        row(9, 1800, { function: 3, end, isRow, dropReason }),
      );
      harness.assembler.advance(1800 + REORDER_NS);
      const [journey] = harness.journeys;
      assert.ok(journey !== undefined);
      assert.equal(journey.endReason, end);
      assert.equal(journey.completeness, Completeness.COMPLETENESS_COMPLETE);
      assert.deepEqual(functions(journey), isRow ? [1, 2, 3] : [1, 2]);
      assert.equal(journey.startTimeNs, 1000n);
      assert.equal(journey.durationNs, 800n);
      assert.equal(journey.dropReason?.code, end === DROPPED ? dropReason : undefined);
      assert.equal(harness.delivered[0]?.events, 3);
      assert.deepEqual(harness.untracked, [], "the kernel has forgotten the packet by itself");
    });
  }

  it("a packet that ends with the first record that is seen of it is a journey", () => {
    const harness = new Harness();
    harness.accept(first(1, 50, { end: CONSUMED, isRow: false }));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(functions), [[]]);
    assert.equal(harness.journeys[0]?.startTimeNs, 50n);
    assert.equal(harness.journeys[0]?.durationNs, 0n);
  });

  it("journeys are numbered from 1 as they begin, and delivered in the order of their ends", () => {
    const harness = new Harness();
    harness.accept(
      first(11, 100),
      first(12, 110),
      first(13, 120),
      row(12, 200, { end: CONSUMED, isRow: false }),
      row(13, 210, { end: DROPPED, isRow: false }),
      row(11, 220, { end: EGRESS }),
    );
    assert.equal(harness.assembler.pending, 3);
    assert.equal(harness.assembler.hasEnding, true);
    harness.assembler.advance(220 + REORDER_NS);
    assert.deepEqual(harness.keys, [12, 13, 11]);
    assert.deepEqual(
      harness.journeys.map(({ journeyId }) => journeyId),
      [2n, 3n, 1n],
    );
    assert.equal(harness.assembler.pending, 0);
    assert.equal(harness.assembler.hasEnding, false);
    harness.assertAllFree();
  });

  it("the numbers that user space gives are those of the contract", () => {
    const contract: Record<string, string | number> = EndReason;
    for (const [name, value] of Object.entries(Decided)) assert.equal(value, contract[`END_REASON_${name}`], name);
  });
});

describe("records out of order", () => {
  it("an older record of another CPU joins its ended journey, sorted by time", () => {
    const harness = new Harness();
    harness.accept(
      first(5, 1000, { function: 1, cpu: 0 }),
      row(5, 2000, { function: 3, cpu: 0 }),
      row(5, 3000, { function: 4, cpu: 0, end: EGRESS }),
      row(5, 1500, { function: 2, cpu: 1 }),
    );
    harness.assembler.advance(3000 + REORDER_NS - 1);
    assert.deepEqual(harness.delivered, [], "its time to wait is not over");
    harness.assembler.advance(3000 + REORDER_NS);
    assert.deepEqual(harness.journeys.map(functions), [[1, 2, 3, 4]]);
    assert.deepEqual(
      harness.journeys[0]?.hops.map(({ deltaNs }) => deltaNs),
      [0n, 500n, 1000n, 2000n],
    );
    assert.equal(harness.assembler.lateEvents, 0);
  });

  it("one that is older than the first record becomes the start", () => {
    const harness = new Harness();
    harness.accept(
      first(5, 1000, { function: 2 }),
      row(5, 900, { function: 1 }),
      row(5, 1100, { end: CONSUMED, isRow: false }),
    );
    harness.assembler.closeAll();
    const [journey] = harness.journeys;
    assert.deepEqual(journey && functions(journey), [1, 2]);
    assert.equal(journey?.startTimeNs, 900n);
    assert.equal(journey?.durationNs, 200n);
  });

  it("rows of the same time stay in the order in which they came", () => {
    const harness = new Harness();
    harness.accept(first(5, 10, { function: 1 }), row(5, 10, { function: 2 }), row(5, 10, { function: 3 }));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(functions), [[1, 2, 3]]);
  });

  it("a second end does not change the first, nor deliver twice", () => {
    const harness = new Harness();
    harness.accept(
      first(5, 10),
      row(5, 20, { end: DROPPED, isRow: false, dropReason: 3 }),
      row(5, 21, { end: CONSUMED, isRow: false }),
    );
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ endReason }) => endReason),
      [DROPPED],
    );
    assert.equal(harness.journeys[0]?.dropReason?.code, 3);
    assert.equal(harness.delivered[0]?.events, 3);
    harness.assertAllFree();
  });

  it("a record that comes when its journey is delivered is counted, and begins nothing", () => {
    const harness = new Harness();
    harness.accept(first(5, 10), row(5, 20, { end: EGRESS }));
    harness.assembler.advance(20 + REORDER_NS);
    harness.accept(row(5, 15), row(6, 16));
    assert.equal(harness.assembler.lateEvents, 2);
    assert.equal(harness.assembler.pending, 0);
    harness.assembler.closeAll();
    assert.equal(harness.delivered.length, 1);
  });
});

describe("records that make no sense", () => {
  for (const bytes of [0, 4, 63, 65, 120]) {
    it(`a hop of ${bytes} bytes is counted and left out`, () => {
      const harness = new Harness();
      harness.assembler.accept(new Uint32Array(64), 0, bytes);
      assert.equal(harness.assembler.undecodable, 1);
      assert.equal(harness.assembler.lateEvents, 0);
      assert.equal(harness.assembler.pending, 0);
    });
  }
});

describe("what was lost in the ring", () => {
  it("is told by the journey, with the highest number that a record knows", () => {
    const harness = new Harness();
    harness.accept(
      first(5, 10, { lost: 1 }),
      row(5, 30, { lost: 4 }),
      row(5, 20, { lost: 3 }),
      row(5, 40, { end: EGRESS, lost: 4 }),
    );
    harness.assembler.closeAll();
    assert.equal(harness.journeys[0]?.lostHops, 4);
    assert.equal(harness.journeys[0]?.completeness, Completeness.COMPLETENESS_HOPS_LOST);
    assert.equal(harness.journeys[0]?.endReason, EGRESS);
  });

  for (const [inKernel, lostHops, completeness] of [
    [5, 5, Completeness.COMPLETENESS_HOPS_LOST],
    [1, 2, Completeness.COMPLETENESS_HOPS_LOST],
  ] as const) {
    it(`after the last record is told by the tracking map (${inKernel})`, () => {
      const harness = new Harness();
      harness.lostInKernel.set(5, inKernel);
      harness.accept(first(5, 10, { lost: 2 }));
      harness.assembler.closeAll();
      assert.equal(harness.journeys[0]?.lostHops, lostHops);
      assert.equal(harness.journeys[0]?.completeness, completeness);
    });
  }
});
