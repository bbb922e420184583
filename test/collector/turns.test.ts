import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../src/collector/turns.js";

/** Keeps the thread busy for a while. */
function work(): void {
  const endMs = performance.now() + 20;
  while (performance.now() < endMs);
}

test("questions are answered in order, and timers fire between them", async () => {
  const turns = new Turns();
  const told: string[] = [];
  const timer = setInterval(() => told.push("timer"), 1);
  await Promise.all(
    ["a", "b", "c"].map((name) =>
      turns.take(async () => {
        work();
        told.push(name);
      }),
    ),
  );
  clearInterval(timer);
  assert.deepEqual(
    told.filter((one) => one !== "timer"),
    ["a", "b", "c"],
  );
  for (const name of ["b", "c"]) assert.equal(told[told.indexOf(name) - 1], "timer", told.join());
});

test("a question that fails does not hold up the next", async () => {
  const turns = new Turns();
  const failed = turns.take(() => Promise.reject(new Error("no")));
  const next = turns.take(async () => 2);
  await assert.rejects(failed, /no/);
  assert.equal(await next, 2);
});
