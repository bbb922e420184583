import assert from "node:assert/strict";
import { test } from "node:test";
import { flagNames } from "../../src/module/flag-names.js";

const cases: Readonly<Record<string, readonly [given: Record<string, bigint>, kept: readonly string[]]>> = {
  "bits stay": [{ A: 1n, B: 2n, TOP: 1n << 63n }, ["A", "B", "TOP"]],
  "numbers of bits go, also those that look like a bit": [
    { A_BIT: 0n, A: 1n, B_BIT: 1n, B: 2n, MAX_BIT: 2n },
    ["A", "B"],
  ],
  "_BIT is a name like others where nothing else has the bit": [
    { PARITY_BIT: 1n, STOP_BIT: 2n },
    ["PARITY_BIT", "STOP_BIT"],
  ],
  "unions of named bits go": [{ A: 1n, B: 2n, MASK: 3n }, ["A", "B"]],
  "what is named only together stays": [{ A: 1n, BOTH: 6n }, ["A", "BOTH"]],
  "0 is no bit": [{ NONE: 0n, A: 1n }, ["A"]],
};

for (const [what, [given, kept]] of Object.entries(cases)) {
  test(`names of flags: ${what}`, () => {
    const names = Object.entries(given).map(([name, value]) => ({ name, value }));
    assert.deepEqual(
      flagNames(names).map(({ name }) => name),
      kept,
    );
  });
}
