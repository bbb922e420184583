import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EndReason, LinkKind, LinkRole } from "../../src/gen/ipftrace/v1/journey.js";
import { ClosedIds } from "../../src/journey/closed-ids.js";
import { first, Harness, parents, REORDER_NS, row } from "./harness.js";

const { END_REASON_EGRESS: EGRESS, END_REASON_CONSUMED: CONSUMED } = EndReason;

/** The first record of a journey in which the packet of `parent` goes on. */
function continued(journey: number, parent: number, timeNs: number) {
  return first(journey, timeNs, { flow: { parent } });
}

describe("a packet that goes on after an egress function", () => {
  it("names the journey before by its public number", () => {
    const harness = new Harness();
    harness.accept(
      first(70, 1),
      row(70, 2, { end: CONSUMED, isRow: false }),
      first(71, 3),
      row(71, 4, { end: EGRESS }),
    );
    harness.assembler.advance(4 + REORDER_NS);
    harness.accept(continued(72, 71, 5), row(72, 6, { end: CONSUMED, isRow: false }));
    harness.assembler.closeAll();
    const [link] = harness.journeys[2]?.links ?? [];
    assert.deepEqual(link, {
      journeyId: 2n,
      role: LinkRole.LINK_ROLE_PARENT,
      kind: LinkKind.LINK_KIND_CONTINUATION,
    });
    assert.deepEqual(harness.journeys.map(parents), [[], [], [2]]);
  });

  it("does so, too, when both ended within the time to wait", () => {
    const harness = new Harness();
    harness.accept(first(71, 3), row(71, 4, { end: EGRESS }), continued(72, 71, 5), row(72, 6, { end: EGRESS }));
    harness.accept(continued(73, 72, 7), row(73, 8, { end: CONSUMED, isRow: false }));
    harness.assembler.advance(8 + REORDER_NS);
    assert.deepEqual(harness.keys, [71, 72, 73]);
    assert.deepEqual(harness.journeys.map(parents), [[], [1], [2]]);
  });

  it("does so, too, when it reaches the limit of hops while the one before still waits", () => {
    const harness = new Harness({ maxHops: 2 });
    harness.accept(first(71, 3), row(71, 4, { end: EGRESS }));
    harness.accept(continued(72, 71, 5), row(72, 6), row(72, 7, { end: CONSUMED }));
    harness.assembler.closeAll();
    assert.deepEqual(harness.keys, [72, 71, 72]);
    assert.deepEqual(harness.journeys.map(parents), [[1], [], [2]]);
  });

  it("names the last part of a journey that was split at the limit of hops", () => {
    const harness = new Harness({ maxHops: 2 });
    harness.accept(first(71, 1), row(71, 2), row(71, 3, { end: EGRESS }), continued(72, 71, 4));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(parents), [[], [1], [2]]);
  });

  it("names none where the one before is not known", () => {
    const harness = new Harness();
    harness.accept(continued(72, 71, 5));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(parents), [[]]);
  });

  it("names one that was consumed: a copy may be seen when its parent is gone", () => {
    const harness = new Harness();
    harness.accept(first(71, 3), row(71, 4, { end: CONSUMED, isRow: false }));
    harness.assembler.advance(4 + REORDER_NS);
    harness.accept(continued(72, 71, 5 + REORDER_NS));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(parents), [[], [1]]);
  });
});

describe("ClosedIds", () => {
  it("gives a number as often as it is asked, and 0 for what it does not know", () => {
    const ids = new ClosedIds();
    ids.put(10, 1);
    assert.equal(ids.get(10), 1);
    assert.equal(ids.get(10), 1, "again");
    assert.equal(ids.get(0), 0);
  });

  it("forgets the oldest beyond 65,536", () => {
    const ids = new ClosedIds();
    for (let key = 1; key <= 65_537; key++) ids.put(key, key + 100);
    assert.equal(ids.get(1), 0);
    assert.equal(ids.get(2), 102);
    assert.equal(ids.get(65_537), 65_637);
  });
});

describe("a packet that goes into another one", () => {
  const merged = { isRow: false, isLink: true, flow: { parent: 80, link: LinkKind.LINK_KIND_MERGE } };
  const merge = {
    journeyId: 1n,
    role: LinkRole.LINK_ROLE_CHILD,
    kind: LinkKind.LINK_KIND_MERGE,
  };

  it("names it as its child, and counts the record that says so", () => {
    const harness = new Harness();
    harness.accept(first(80, 1), first(81, 2), row(81, 3, merged), row(81, 4, { isRow: false, end: CONSUMED }));
    harness.assembler.closeAll();
    const [journey] = harness.delivered.filter(({ key }) => key === 81);
    assert.deepEqual(journey?.journey.links, [merge]);
    assert.equal(journey?.journey.hops.length, 1);
    assert.equal(journey?.events, 3);
  });

  it("names none where that one is not known", () => {
    const harness = new Harness();
    harness.accept(first(81, 2), row(81, 3, merged)).assembler.closeAll();
    assert.deepEqual(harness.journeys[0]?.links, []);
  });

  it("begins no journey by it", () => {
    const harness = new Harness();
    harness.accept(row(81, 3, merged)).assembler.closeAll();
    assert.equal(harness.delivered.length, 0);
    assert.equal(harness.assembler.lateEvents, 1);
  });
});
