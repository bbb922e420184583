import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { didYouMean, nearest } from "../../src/filter/nearest.js";

describe("nearest", () => {
  const names = ["generic", "genetic", "ingress", "egress", "drops"];
  const cases: [what: string, text: string, expected: string[]][] = [
    ["an equal name", "drops", ["drops"]],
    ["another letter case", "DROPS", ["drops"]],
    ["a missing letter", "genric", ["generic"]],
    ["exchanged neighbours", "dorps", ["drops"]],
    ["two names at the same distance", "geneic", ["generic", "genetic"]],
    ["the nearer of two names", "igress", ["ingress", "egress"]],
    ["nothing near", "tcp", []],
    ["an empty text", "", []],
    ["a text too long to compare", "d".repeat(1_000_000), []],
  ];
  for (const [what, text, expected] of cases) {
    it(`finds ${JSON.stringify(expected)} for ${what}`, () => assert.deepEqual(nearest(text, names), expected));
  }

  it("gives at most three names", () => {
    assert.deepEqual(nearest("abcz", ["abca", "abcb", "abcc", "abcd"]), ["abca", "abcb", "abcc"]);
  });
});

describe("didYouMean", () => {
  it("is ready to stand at the end of a sentence", () => {
    assert.equal(didYouMean("abcz", ["abca", "abcb"]), ' (did you mean "abca" or "abcb"?)');
    assert.equal(didYouMean("abcz", ["xyz"]), "");
  });
});
