import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { EncodedBatch } from "../../src/collector/messages.js";
import { History, type Mark } from "../../src/hub/history.js";
import { sizeOf } from "../../src/hub/pick.js";
import { HistoryReader } from "../../src/hub/reader.js";
import { Selection } from "../../src/hub/selection.js";
import { idsOf, makeBatch } from "./batches.js";

const everything = { maxJourneys: 0, maxJourneysPerSecond: 0, sampleOneIn: 1 };

/** A batch of `count` journeys from `first` on, two events apiece. */
function batchFrom(first: number, count: number): EncodedBatch {
  return makeBatch(Array.from({ length: count }, (_, at) => ({ id: first + at, events: 2 })));
}

function filled(sizes: readonly number[], maxBytes = 1e9): History {
  const history = new History({ maxBytes, maxAgeMs: 0 });
  for (const size of sizes) history.add(batchFrom(history.end.position + 1, size), 0);
  return history;
}

function readerOf(history: History, start: Mark, selection = everything) {
  const events = { paused: 0, overruns: 0 };
  const reader = new HistoryReader<string>(
    { history, selection: new Selection(selection, 0), start },
    { paused: () => events.paused++, overrun: () => events.overruns++ },
  );
  reader.open();
  return { reader, events };
}

/** What a reader gets of what there is now: numbers of journeys and notices, and the newest mark. */
async function drain(reader: HistoryReader<string>): Promise<{ got: (number | string)[]; mark: Mark | undefined }> {
  reader.stopAtEnd();
  reader.finish("end");
  const got: (number | string)[] = [];
  let mark: Mark | undefined;
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    mark = entry.mark;
    if ("batch" in entry) got.push(...idsOf(entry.batch));
    else got.push(entry.notice);
  }
  return { got, mark };
}

describe("a history", () => {
  it("keeps as many bytes as it may, and forgets the oldest", () => {
    const size = sizeOf(batchFrom(1, 3));
    const history = filled([3, 3, 3, 3], size * 2 + 1);
    assert.deepEqual([history.oldest.position, history.oldest.events, history.end.position], [6, 12, 12]);
    assert.equal(history.bytes, size * 2);
  });

  it("keeps nothing of a batch that is larger than all it may keep, and goes on behind it", () => {
    const history = filled([50], 100);
    assert.deepEqual([history.oldest.position, history.end.position, history.bytes], [50, 50, 0]);
    assert.equal(history.oldestMs, undefined);
  });

  it("forgets what is older than it may be", () => {
    const history = new History({ maxBytes: 1e9, maxAgeMs: 100 });
    history.add(batchFrom(1, 1), 0);
    history.add(batchFrom(2, 1), 50);
    assert.equal(history.oldest.position, 0);
    history.forgetOld(100);
    assert.equal(history.oldest.position, 1);
    history.add(batchFrom(3, 1), 150);
    assert.equal(history.oldest.position, 2);
  });

  it("finds the place of any position, and of any moment", () => {
    const history = new History({ maxBytes: 1e9, maxAgeMs: 0 });
    history.add(batchFrom(1, 3), 10);
    history.add(batchFrom(4, 2), 20);
    const places = [0, 1, 3, 4, 5, 99].map((position) => history.markAt(position));
    assert.deepEqual(
      places.map(({ position, events }) => [position, events]),
      [
        [0, 0],
        [1, 2],
        [3, 6],
        [4, 8],
        [5, 10],
        [5, 10],
      ],
    );
    const moments = [0, 10, 11, 20, 21].map((ms) => history.markSince(ms).position);
    assert.deepEqual(moments, [0, 0, 3, 3, 5]);
  });
});

describe("a reader", () => {
  it("reads from anywhere to the end: every journey once, in order", async () => {
    const sizes = [3, 1, 4, 2];
    for (let from = 0; from <= 10; from++) {
      const history = filled(sizes);
      const { reader } = readerOf(history, history.markAt(from));
      const rest = Array.from({ length: 10 - from }, (_, at) => from + 1 + at);
      assert.deepEqual((await drain(reader)).got, [...rest, "end"]);
    }
  });

  it("waits for what is to come, and says so", async () => {
    const history = filled([1]);
    const { reader, events } = readerOf(history, history.end);
    const next = reader.next();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(events.paused, 1);
    history.add(batchFrom(2, 1), 0);
    reader.wake();
    const entry = await next;
    assert.ok(entry !== undefined && "batch" in entry);
    assert.deepEqual(idsOf(entry.batch), [2]);
  });

  it("tells notices first, and the last one after all journeys", async () => {
    const history = filled([2]);
    const { reader } = readerOf(history, history.oldest);
    reader.notify("name");
    assert.deepEqual((await drain(reader)).got, ["name", 1, 2, "end"]);
  });

  it("that is told to stop reads nothing more", async () => {
    const history = filled([2, 2]);
    const { reader } = readerOf(history, history.oldest);
    await reader.next();
    reader.finish("end");
    const last = await reader.next();
    assert.ok(last !== undefined && "notice" in last);
    assert.equal(await reader.next(), undefined);
    assert.equal(last.mark?.position, 2);
  });

  it("loses what the history forgets unread, and counts its events", async () => {
    const size = sizeOf(batchFrom(1, 2));
    const history = filled([2, 2], size * 2);
    const { reader, events } = readerOf(history, history.oldest);
    history.add(batchFrom(5, 2), 0);
    history.add(batchFrom(7, 2), 0);
    assert.deepEqual((await drain(reader)).got, [5, 6, 7, 8, "end"]);
    assert.deepEqual([reader.lostEvents, events.overruns], [8, 1]);
  });

  it("that asked for so many stops behind the last of them, in the middle of a batch", async () => {
    const history = filled([5]);
    const { reader } = readerOf(history, history.oldest, { ...everything, maxJourneys: 2 });
    const { got, mark } = await drain(reader);
    assert.deepEqual(got, [1, 2, "end"]);
    const again = readerOf(history, mark as Mark);
    assert.deepEqual((await drain(again.reader)).got, [3, 4, 5, "end"]);
  });

  it("goes on from any mark, at any time: nothing twice, and what is missing is counted", async () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 6 }) }),
      fc.constant("read" as const),
      fc.constant("reconnect" as const),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 60, max: 400 }),
        async (steps, maxBytes) => {
          const history = new History({ maxBytes, maxAgeMs: 0 });
          let { reader } = readerOf(history, history.end);
          let mark = history.end;
          const got: number[] = [];
          let lost = 0;
          const read = async (): Promise<void> => {
            if (mark.position === history.end.position || history.bytes === 0) return;
            const entry = await reader.next();
            assert.ok(entry !== undefined && "batch" in entry);
            got.push(...idsOf(entry.batch));
            mark = entry.mark as Mark;
          };
          for (const one of steps) {
            if (one === "read") await read();
            else if (one !== "reconnect") history.add(batchFrom(history.end.position + 1, one.add), 0);
            else {
              lost += reader.lostEvents;
              reader = readerOf(history, mark).reader;
            }
          }
          const rest = await drain(reader);
          got.push(...rest.got.filter((one) => typeof one === "number"));
          lost += reader.lostEvents;
          assert.deepEqual(
            got,
            [...new Set(got)].sort((a, b) => a - b),
          );
          assert.equal(got.length * 2 + lost, history.end.events);
        },
      ),
    );
  });
});
