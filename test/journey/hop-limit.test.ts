import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Completeness, EndReason } from "../../src/gen/ipftrace/v1/journey.js";
import { first, functions, Harness, parents, row } from "./harness.js";

const { END_REASON_EGRESS: EGRESS, END_REASON_CONSUMED: CONSUMED, END_REASON_HOP_LIMIT: HOP_LIMIT } = EndReason;

/** Rows 1 to `count` of journey 5, the last one with `more`. */
function rows(harness: Harness, count: number, more = {}): void {
  for (let n = 1; n <= count; n++) {
    const fields = { function: n, ...(n === count ? more : {}) };
    const flow = { l4Protocol: 17, source: [10, 0, 0, 1] };
    harness.accept(n === 1 ? first(5, 100, { ...fields, skb: 0xffff_8880_0000_0040n, flow }) : row(5, 100 * n, fields));
  }
}

describe("the limit of hops", () => {
  it("row 80 of 80 does not close the journey, row 81 does and opens another", () => {
    const harness = new Harness({ maxHops: 80 });
    rows(harness, 80);
    assert.equal(harness.delivered.length, 0);
    harness.accept(row(5, 8100, { function: 81 }));
    assert.deepEqual(
      harness.journeys.map(({ hops }) => hops.length),
      [80],
    );
    assert.equal(harness.journeys[0]?.endReason, HOP_LIMIT);
    assert.equal(harness.journeys[0]?.completeness, Completeness.COMPLETENESS_COMPLETE);
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ hops }) => hops.length),
      [80, 1],
    );
    assert.deepEqual(harness.untracked.length, 1, "the kernel follows the packet on, until the trace ends");
  });

  it("an egress on the last row that is allowed gives one journey, not two", () => {
    const harness = new Harness({ maxHops: 80 });
    rows(harness, 80, { end: EGRESS });
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ hops, endReason }) => [hops.length, endReason]),
      [[80, EGRESS]],
    );
    harness.assertAllFree();
  });

  it("an end outside of the traced functions needs no row, and so fits into a full journey", () => {
    const harness = new Harness({ maxHops: 3 });
    rows(harness, 3);
    harness.accept(row(5, 900, { end: CONSUMED, isRow: false }));
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ hops, endReason }) => [hops.length, endReason]),
      [[3, CONSUMED]],
    );
  });

  it("each part names the one before as its parent, and has the flow of all", () => {
    const harness = new Harness({ maxHops: 3 });
    rows(harness, 10, { end: EGRESS });
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(functions), [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10]]);
    assert.deepEqual(harness.journeys.map(parents), [[], [1], [2], [3]]);
    assert.deepEqual(
      harness.journeys.map(({ endReason }) => endReason),
      [HOP_LIMIT, HOP_LIMIT, HOP_LIMIT, EGRESS],
    );
    assert.deepEqual(
      harness.journeys.map(({ startTimeNs }) => startTimeNs),
      [100n, 400n, 700n, 1000n],
    );
    assert.deepEqual(
      harness.journeys.map(({ durationNs }) => durationNs),
      [200n, 200n, 200n, 0n],
    );
    for (const { flow } of harness.journeys) {
      assert.equal(flow?.l4Protocol, 17);
      assert.deepEqual([...flow.source], [10, 0, 0, 1]);
    }
    harness.assertAllFree();
  });

  it("a part that is closed early still knows the packet's address", () => {
    const harness = new Harness({ maxHops: 3 });
    rows(harness, 4);
    harness.assembler.closeAll();
    assert.deepEqual(harness.untracked, [[0x40, 0xffff_8880, 5]]);
  });

  it("hops that were lost are told by the part in which they are missing, once", () => {
    const harness = new Harness({ maxHops: 2 });
    harness.accept(first(5, 1), row(5, 2, { lost: 3 }), row(5, 3, { lost: 3 }), row(5, 4, { lost: 3 }));
    harness.accept(row(5, 5, { lost: 7 }), row(5, 6, { lost: 8, end: EGRESS }));
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ lostHops }) => lostHops),
      [3, 0, 5],
    );
  });

  it("so are those that only the tracking map knows", () => {
    const harness = new Harness({ maxHops: 2 });
    harness.lostInKernel.set(5, 7);
    harness.accept(first(5, 1, { lost: 3 }), row(5, 2, { lost: 3 }), row(5, 3, { lost: 3 }));
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ lostHops }) => lostHops),
      [3, 4],
    );
  });

  it("a straggler of a journey that is full and has ended joins it: nothing is lost", () => {
    const harness = new Harness({ maxHops: 3 });
    rows(harness, 3, { end: EGRESS });
    harness.accept(row(5, 250, { function: 9 }));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(functions), [[1, 2, 9, 3]]);
    assert.equal(harness.assembler.lateEvents, 0);
    harness.assertAllFree();
  });
});
