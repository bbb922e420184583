import assert from "node:assert/strict";
import { it } from "node:test";
import { LossClock } from "../../src/decode/loss-clock.js";

it("keeps the first time, and moves the last one when the count grows", () => {
  const clock = new LossClock();
  const steps: [count: number, nowNs: bigint, firstNs: bigint, lastNs: bigint][] = [
    [0, 10n, 0n, 0n],
    [2, 20n, 20n, 20n],
    [2, 30n, 20n, 20n],
    [3, 40n, 20n, 40n],
  ];
  for (const [count, nowNs, firstNs, lastNs] of steps) {
    assert.deepEqual(clock.update(count, nowNs), { firstNs, lastNs });
  }
});
