import assert from "node:assert/strict";
import { it } from "node:test";
import { cpuNumbers, cpuNumbersOf } from "../../src/kernel/possible-cpus.js";

const texts: [text: string, numbers: number][] = [
  ["0\n", 1],
  ["0-3\n", 4],
  ["0-3,8-11\n", 12],
  ["0,2,64\n", 65],
];

for (const [text, numbers] of texts) {
  it(`CPUs ${text.trim()} need ${numbers} entries`, () => assert.equal(cpuNumbersOf(text), numbers));
}

it("has a number for the CPU of this very process", () => assert.ok(cpuNumbers() >= 1));

it("says which file holds no number", () =>
  assert.throws(() => cpuNumbersOf("\n"), { message: '/sys/devices/system/cpu/possible holds no number: ""' }));
