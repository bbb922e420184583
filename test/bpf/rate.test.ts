/** The bucket of tokens of bpf/rate.h, on this machine's CPUs. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "ipftrace-rate-"));
after(() => rmSync(folder, { recursive: true }));
const program = join(folder, "rate");
const source = fileURLToPath(new URL("rate.c", import.meta.url));
execFileSync("clang", ["-O2", "-Wall", "-Wextra", "-Werror", "-pthread", source, "-o", program]);

/** The numbers that rate.c prints. */
function rate(words: string): number[] {
  return execFileSync(program, words.split(" "), { encoding: "utf8" }).trim().split(" ").map(Number);
}

describe("a bucket", () => {
  const rows: [what: string, words: string, given: number[]][] = [
    ["of one a second has one, and another a second later", "1 0x2 999999999 1000000000x2", [1, 0, 1]],
    ["of ten a second has one at a time", "10 0x5 100000000x3 150000000 200000000x2", [1, 1, 0, 1]],
    ["of 1000 a second has 100 at once", "1000 0x500", [100]],
    ["earns each token when its time has come", "1000 0x500 999999 1000000x5 50000000x500", [100, 0, 1, 49]],
    ["throws away what it cannot hold", "1000 0x500 3600000000000x5000 3600010000000x100", [100, 100, 10]],
    ["keeps what was not asked for, up to its size", "1000 0x40 30000000x500 130000000x500", [40, 90, 100]],
    ["is not confused by a clock that is behind", "1000 500000000x60 400000000x100", [60, 0]],
    ["of ten million a second works for ten years", "10000000 0x1 315360000000000000x1000001", [1, 1_000_000]],
  ];
  for (const [what, words, given] of rows) it(what, () => assert.deepEqual(rate(`steps ${words}`), given));
});

describe("a bucket that several CPUs share", () => {
  for (const perSecond of [1000, 1_000_000]) {
    it(`gives each of ${perSecond} tokens a second to one of them`, () => {
      const [given, spent, earned] = rate(`race 3 ${perSecond} 2 0`);
      assert.deepEqual([given, spent], [earned, earned]);
    });
    it(`never gives more than ${perSecond} a second has earned, when some are thrown away`, () => {
      const [given = 0, spent, earned = 0] = rate(`race 3 ${perSecond} 2 300`);
      assert.equal(spent, earned, "a token is neither given nor thrown away, or both");
      assert.ok(given <= earned);
    });
  }
});
