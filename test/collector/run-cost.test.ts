import assert from "node:assert/strict";
import { test } from "node:test";
import { RunCost } from "../../src/collector/run-cost.js";

test("what traces cost adds up, and stays when they have ended", () => {
  const cost = new RunCost();
  assert.deepEqual(cost.total, { runTimeNs: 0n, runs: 0n });
  cost.note(1, { runTimeNs: 100n, runs: 1n });
  cost.note(2, { runTimeNs: 1000n, runs: 10n });
  cost.note(1, { runTimeNs: 300n, runs: 3n });
  cost.note(3, undefined);
  assert.deepEqual(cost.total, { runTimeNs: 1300n, runs: 13n });
  cost.end(1);
  cost.end(1);
  cost.end(3);
  assert.deepEqual(cost.total, { runTimeNs: 1300n, runs: 13n });
  cost.note(4, { runTimeNs: 1n, runs: 1n });
  assert.deepEqual(cost.total, { runTimeNs: 1301n, runs: 14n });
});
