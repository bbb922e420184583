import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { quote } from "../../src/filter/quote.js";

describe("quote", () => {
  it("puts quotes around plain text", () => assert.equal(quote("ip_rcv"), '"ip_rcv"'));
  it("escapes quotes and control characters", () =>
    assert.equal(quote('a"\u001b[2J\u009b'), '"a\\"\\u001b[2J\\u009b"'));
  it("shortens long text", () => assert.equal(quote("x".repeat(100)), `"${"x".repeat(60)}…"`));

  it("never gives a control character to a terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        assert.doesNotMatch(quote(text), /[\u0000-\u001f\u007f-\u009f]/);
      }),
    );
  });
});
