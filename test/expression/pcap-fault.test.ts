import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainPcapFault } from "../../src/expression/pcap-fault.js";

// What libpcap 1.10 says of each expression.
const faults: [expression: string, error: string, lines: string[]][] = [
  [
    "icmp and host foo.invalid",
    "unknown host 'foo.invalid'",
    ["unknown host 'foo.invalid', at column 15", "  icmp and host foo.invalid", "                ^^^^^^^^^^^"],
  ],
  [
    "tcp port ((",
    "can't parse filter expression: syntax error",
    [`can't parse filter expression: syntax error: "tcp port (("`],
  ],
  ["host foo or host foo", "unknown host 'foo'", [`unknown host 'foo': "host foo or host foo"`]],
  [
    "tcp error",
    "can't parse filter expression: syntax error",
    [`can't parse filter expression: syntax error: "tcp error"`],
  ],
];

describe("explainPcapFault", () => {
  for (const [expression, error, lines] of faults) {
    it(`shows the place in "${expression}", where libpcap names it`, () => {
      assert.equal(explainPcapFault(expression, error), lines.join("\n"));
    });
  }
});
