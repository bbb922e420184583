import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePort } from "../../src/filter/ports.js";

describe("parsePort", () => {
  for (const [text, port] of [
    ["1", 1],
    ["80", 80],
    ["65535", 65535],
  ] as const) {
    it(`reads ${text}`, () => assert.deepEqual(parsePort(text), { value: port }));
  }

  for (const text of [
    "",
    "0",
    "65536",
    "99999",
    "100000",
    "-1",
    "+80",
    "080",
    "0x50",
    "80.0",
    " 80",
    "80 ",
    "http",
    "8e1",
    "any",
  ]) {
    it(`refuses ${JSON.stringify(text)}, naming it and what is accepted`, () => {
      assert.deepEqual(parsePort(text), {
        error: `${JSON.stringify(text)} is not a port: give a decimal number, 1-65535`,
      });
    });
  }
});
