import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EncodedBatch } from "../../src/collector/messages.js";
import { ClientQueue, type Entry, type Overflow } from "../../src/hub/queue.js";

/** A batch whose first byte is its name, with one event for each byte. */
function batch(name: number, size: number): EncodedBatch {
  const bytes = new Uint8Array(size);
  bytes[0] = name;
  return { bytes, index: new Uint32Array(0), journeys: 1, hops: size, events: size };
}

function nameOf(entry: Entry<string> | undefined): number | string | undefined {
  if (entry === undefined) return undefined;
  return "batch" in entry ? entry.batch.bytes[0] : entry.notice;
}

/** Everything that waits, after the queue has ended. */
async function drain(queue: ClientQueue<string>): Promise<(number | string | undefined)[]> {
  queue.finish(undefined);
  const names = [];
  for (let entry = await queue.next(); entry !== undefined; entry = await queue.next()) names.push(nameOf(entry));
  return names;
}

describe("overflow policies", () => {
  // Batches 1, 2, 3, … of these sizes, into a queue of 100 bytes with a notice in between.
  const cases: [what: string, overflow: Overflow, sizes: number[], left: (number | string)[], lost: number][] = [
    ["exactly full", "drop-oldest", [50, 50], [1, "n", 2], 0],
    ["one byte too many, the oldest goes", "drop-oldest", [50, 51], ["n", 2], 50],
    ["as many of the oldest go as must", "drop-oldest", [20, 20, 20, 20, 60], ["n", 3, 4, 5], 40],
    ["one larger than the queue goes, the others stay", "drop-oldest", [40, 40, 101], [1, "n", 2], 101],
    ["one as large as the queue stays alone", "drop-oldest", [40, 40, 100], ["n", 3], 80],
    ["the newest goes", "drop-newest", [50, 51], [1, "n"], 51],
    ["a smaller one finds room behind one that did not", "drop-newest", [60, 50, 40], [1, "n", 3], 50],
    ["one larger than the queue goes", "drop-newest", [101], ["n"], 101],
    ["the newest goes, and the trace is to end", "terminate", [60, 50], [1, "n"], 50],
  ];
  for (const [what, overflow, sizes, left, lost] of cases) {
    it(`${overflow}: ${what}`, async () => {
      const queue = new ClientQueue<string>(100, overflow);
      for (const [i, size] of sizes.entries()) {
        queue.push(batch(i + 1, size));
        if (i === 0) queue.notify("n");
      }
      assert.equal(queue.lostEvents, lost);
      assert.equal(queue.isOverflown, overflow === "terminate" && lost > 0);
      assert.deepEqual(await drain(queue), left);
      assert.equal(queue.bytes, 0);
    });
  }

  it("what is read makes room", async () => {
    const queue = new ClientQueue<string>(100, "drop-newest");
    queue.push(batch(1, 100));
    assert.equal(nameOf(await queue.next()), 1);
    assert.equal(queue.bytes, 0);
    queue.push(batch(2, 100));
    assert.equal(queue.lostEvents, 0);
    assert.deepEqual(await drain(queue), [2]);
  });

  for (const overflow of ["drop-oldest", "drop-newest", "terminate"] as const) {
    it(`${overflow}: never holds more than its bytes, drops no notice, loses no count`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const queue = new ClientQueue<string>(100, overflow);
          const read: Entry<string>[] = [];
          for (const one of steps) {
            await take(queue, one, read);
            assert.ok(queue.bytes <= 100);
          }
          queue.finish(undefined);
          await readAll(queue, read);
          const events = read.flatMap((entry) => ("batch" in entry ? [entry.batch.events] : []));
          const pushed = steps.flatMap((one) => (typeof one === "number" ? [one] : []));
          assert.equal(sum(pushed), sum(events) + queue.lostEvents);
          assert.equal(read.length - events.length, steps.filter((one) => one === "notice").length);
        }),
      );
    });
  }
});

/** What may happen to a queue: a batch of that many bytes and events, a notice, or the reader comes. */
type Step = number | "notice" | "read";
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.integer({ min: 1, max: 130 }),
  fc.constantFrom("notice" as const, "read" as const),
);

async function take(queue: ClientQueue<string>, one: Step, read: Entry<string>[]): Promise<void> {
  if (typeof one === "number") queue.push(batch(1, one));
  else if (one === "notice") queue.notify("n");
  else if (queue.bytes > 0) {
    const entry = await queue.next();
    if (entry !== undefined) read.push(entry);
  }
}

async function readAll(queue: ClientQueue<string>, read: Entry<string>[]): Promise<void> {
  for (let entry = await queue.next(); entry !== undefined; entry = await queue.next()) read.push(entry);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

describe("notices", () => {
  it("are never dropped and need no room", async () => {
    const queue = new ClientQueue<string>(10, "drop-oldest");
    for (let i = 0; i < 1000; i++) queue.notify(`n${i}`);
    queue.push(batch(1, 10));
    queue.push(batch(2, 10));
    const left = await drain(queue);
    assert.equal(left.length, 1001);
    assert.deepEqual([left[0], left[999], left[1000]], ["n0", "n999", 2]);
  });
});

describe("next", () => {
  /** Whether a promise is still open after everything else has had its turn. */
  async function isPending(promise: Promise<unknown>): Promise<boolean> {
    const other = {};
    const turn = new Promise((resolve) => setImmediate(() => resolve(other)));
    return (await Promise.race([promise, turn])) === other;
  }

  for (const [what, add] of [
    ["a batch", (queue: ClientQueue<string>) => queue.push(batch(7, 5))],
    ["a notice", (queue: ClientQueue<string>) => queue.notify("n")],
    ["the end", (queue: ClientQueue<string>) => queue.finish(undefined)],
  ] as const) {
    it(`waits for ${what}`, async () => {
      const queue = new ClientQueue<string>(100, "drop-oldest");
      const next = queue.next();
      assert.equal(await isPending(next), true);
      add(queue);
      assert.deepEqual(nameOf(await next), { "a batch": 7, "a notice": "n", "the end": undefined }[what]);
    });
  }

  it("gives what waits after the end, then undefined for ever", async () => {
    const queue = new ClientQueue<string>(100, "drop-oldest");
    queue.push(batch(1, 5));
    queue.notify("n");
    assert.deepEqual(await drain(queue), [1, "n"]);
    assert.equal(await queue.next(), undefined);
    assert.equal(await queue.next(), undefined);
  });

  it("after the end nothing is added; batches are counted as lost", async () => {
    const queue = new ClientQueue<string>(100, "drop-oldest");
    queue.finish(undefined);
    queue.push(batch(1, 5));
    queue.notify("n");
    assert.equal(queue.lostEvents, 5);
    assert.deepEqual(await drain(queue), []);
  });
});
