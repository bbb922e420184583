import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { pick } from "../../src/hub/pick.js";
import { Selection, type SelectionOptions } from "../../src/hub/selection.js";
import { idsOf, makeBatch } from "./batches.js";

const ALL: SelectionOptions = { maxJourneys: 0, maxJourneysPerSecond: 0, sampleOneIn: 1 };

/** Numbers of the journeys that were taken. */
function taken(selection: Selection, batch: Parameters<Selection["take"]>[0], nowMs = 0): number[] {
  const found = selection.take(batch, nowMs);
  return found === undefined ? [] : idsOf(found);
}

describe("pick", () => {
  it("takes any journeys of a batch, with what the index says of them", () => {
    const fields = fc.record({ events: fc.integer({ min: 1, max: 9 }), padding: fc.integer({ min: 0, max: 200 }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(fields, fc.boolean()), { minLength: 1, maxLength: 20 }), (journeys) => {
        const given = journeys.map(([one], id) => ({ id: id + 1, ...one }));
        const wanted = given.filter((_, at) => journeys[at]?.[1]);
        const found = pick(makeBatch(given), (at) => journeys[at]?.[1] === true);
        if (wanted.length === 0) assert.equal(found, undefined);
        else assert.deepEqual(found, makeBatch(wanted));
      }),
    );
  });
});

describe("a selection", () => {
  const batch = makeBatch([1, 2, 3, 4, 5].map((id) => ({ id, events: id })));

  it("without conditions is the batch itself", () => {
    const selection = new Selection(ALL, 0);
    assert.equal(selection.take(batch, 0), batch);
    assert.equal(selection.isDone, false);
  });

  it("ends after max_journeys; what comes after counts as left out", () => {
    const selection = new Selection({ ...ALL, maxJourneys: 7 }, 0);
    assert.deepEqual(taken(selection, batch), [1, 2, 3, 4, 5]);
    assert.equal(selection.isDone, false);
    assert.deepEqual(taken(selection, batch), [1, 2]);
    assert.equal(selection.isDone, true);
    assert.equal(selection.leftOutEvents, 3 + 4 + 5);
    assert.deepEqual(taken(selection, batch), []);
    assert.equal(selection.leftOutEvents, 12 + 15);
  });

  it("takes one conversation of so many, whatever the order", () => {
    const selection = new Selection({ ...ALL, sampleOneIn: 4 }, 0);
    const conversations = [8, 3, 12, 5, 8].map((conversation, at) => ({ id: at + 1, conversation }));
    assert.deepEqual(taken(selection, makeBatch(conversations)), [1, 3, 5]);
    assert.equal(selection.leftOutEvents, 2);
  });

  it("takes as many as a second allows, and one more whenever a part of it has passed", () => {
    const selection = new Selection({ ...ALL, maxJourneysPerSecond: 4 }, 0);
    assert.deepEqual(taken(selection, batch, 0), [1, 2, 3, 4]);
    assert.equal(selection.limitedEvents, 5);
    assert.deepEqual(taken(selection, batch, 249), []);
    assert.deepEqual(taken(selection, batch, 250), [1]);
    assert.deepEqual(taken(selection, batch, 60_000), [1, 2, 3, 4]);
    assert.equal(selection.leftOutEvents, 0);
  });

  it("tells how far it has looked when the last journey was found", () => {
    const selection = new Selection({ ...ALL, maxJourneys: 2, sampleOneIn: 2 }, 0);
    const found = selection.takeUntilDone(batch, 0);
    assert.deepEqual(found && idsOf(found), [2, 4]);
    assert.equal(selection.lookedAt, 4);
    assert.equal(selection.leftOutEvents, 1 + 3);
  });

  it("accounts for every event", () => {
    const options = fc.record({
      maxJourneys: fc.nat(30),
      maxJourneysPerSecond: fc.nat(10),
      sampleOneIn: fc.integer({ min: 1, max: 4 }),
    });
    const steps = fc.array(fc.tuple(fc.nat(2000), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 })));
    fc.assert(
      fc.property(options, steps, (asked, batches) => {
        const selection = new Selection(asked, 0);
        let [nowMs, id, events, all] = [0, 0, 0, 0];
        for (const [waitMs, sizes] of batches) {
          nowMs += waitMs;
          const one = makeBatch(sizes.map((size) => ({ id: ++id, events: size })));
          all += one.events;
          events += selection.take(one, nowMs)?.events ?? 0;
        }
        assert.equal(events + selection.leftOutEvents + selection.limitedEvents, all);
      }),
    );
  });
});
