import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Batcher, type BatchLimits, type EncodedBatch } from "../../src/encode/batcher.js";
import { JourneyBatch } from "../../src/gen/ipftrace/v1/journey.js";
import { fill, makeSlab, plain } from "./slots.js";

/** A batcher, and what it sent. */
function setUp(limits: Partial<BatchLimits> = {}) {
  const sent: EncodedBatch[] = [];
  const batcher = new Batcher({ journeys: 128, bytes: 65_536, delayNs: 1000, ...limits }, plain, (batch) => {
    sent.push(batch);
  });
  const slab = makeSlab();
  /** Adds a journey of so many hops, and one event more. */
  const add = (publicId: number, hopCount = 1): void => {
    const hops = Array.from({ length: hopCount }, (_, i) => ({ ns: i, functionId: 1 }));
    const slot = fill(slab, { publicId, hops, events: hopCount + 1 });
    batcher.add(slab, slot);
    slab.release(slot);
  };
  const ids = (): number[][] =>
    sent.map(({ bytes }) => JourneyBatch.decode(bytes).journeys.map(({ journeyId }) => Number(journeyId)));
  return { batcher, sent, add, ids };
}

describe("Batcher", () => {
  it("sends as soon as the number of journeys is reached", () => {
    const { add, ids, batcher } = setUp({ journeys: 3 });
    for (let id = 1; id <= 7; id++) add(id);
    assert.deepEqual(ids(), [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assert.equal(batcher.hasWaiting, true);
    batcher.flush();
    assert.deepEqual(ids().at(-1), [7]);
  });

  it("sends as soon as the number of bytes is reached", () => {
    const { add, sent, batcher } = setUp({ bytes: 1000 });
    for (let id = 1; id <= 100 && sent.length < 3; id++) add(id, 10);
    assert.equal(sent.length, 3);
    for (const { bytes, journeys } of sent) {
      const one = bytes.length / journeys;
      assert.ok(bytes.length >= 1000 && bytes.length < 1000 + 2 * one, `${bytes.length} bytes, ${one} each`);
    }
    assert.equal(batcher.hasWaiting, false);
  });

  it("sends a journey that is larger than a batch by itself", () => {
    const { add, ids } = setUp({ bytes: 100 });
    add(1, 200);
    assert.deepEqual(ids(), [[1]]);
  });

  it("tells what is in a batch, and starts afresh for the next", () => {
    const { add, sent, batcher } = setUp();
    add(1, 2);
    add(2, 3);
    batcher.flush();
    add(3, 0);
    batcher.flush();
    const counts = sent.map(({ journeys, hops, events }) => ({ journeys, hops, events }));
    assert.deepEqual(counts, [
      { journeys: 2, hops: 5, events: 7 },
      { journeys: 1, hops: 0, events: 1 },
    ]);
    for (const { bytes } of sent) assert.equal(bytes.buffer.byteLength, bytes.length);
  });

  it("sends nothing when nothing waits", () => {
    const { batcher, sent } = setUp();
    batcher.flush();
    batcher.advance(1e9);
    assert.deepEqual(sent, []);
    assert.equal(batcher.hasWaiting, false);
  });

  it("sends a journey at once when nothing was sent for the delay, else after it", () => {
    const { add, batcher, ids } = setUp({ delayNs: 1000 });
    add(1);
    batcher.advance(50);
    assert.deepEqual(ids(), [[1]]);
    add(2);
    batcher.advance(51);
    add(3);
    batcher.advance(1049);
    assert.deepEqual(ids(), [[1]]);
    batcher.advance(1050);
    assert.deepEqual(ids(), [[1], [2, 3]]);
    batcher.advance(9000);
    add(4);
    batcher.advance(9001);
    assert.deepEqual(ids().at(-1), [4]);
  });
});
