import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileFunctionRegex } from "../../src/collector/function-regex.js";
import { IpftraceError } from "../../src/errors.js";

describe("compileFunctionRegex", () => {
  const cases: [regex: string, matching: string[], other: string[]][] = [
    ["", ["ip_rcv", ""], []],
    ["rcv", ["ip_rcv", "ip_rcv_core"], ["ip_output"]],
    ["^ip_(rcv|output)$", ["ip_rcv", "ip_output"], ["ip_rcv_core", "arp_ip_rcv"]],
    ["(?i)IP6?_", ["ip6_output", "ip_rcv"], ["tcp_v4_rcv"]],
    ["^tracepoint:", ["tracepoint:kfree_skb"], ["kfree_skb"]],
  ];
  for (const [regex, matching, other] of cases) {
    it(`finds ${JSON.stringify(regex)} anywhere in a name`, async () => {
      const matches = await compileFunctionRegex(regex);
      for (const name of matching) assert.equal(matches(name), true, name);
      for (const name of other) assert.equal(matches(name), false, name);
    });
  }

  for (const [regex, reason] of [
    ["(", /missing closing \)/],
    ["*", /missing argument to repetition/],
    ["(?=x)", /\(\?=/],
    ["\\1", /invalid escape sequence/],
    ["((((a{100}){100}){100}){100})", /repeat|size|large/],
  ] as const) {
    it(`refuses ${regex} in the library's words`, async () => {
      await assert.rejects(compileFunctionRegex(regex), (error) => {
        assert.ok(error instanceof IpftraceError);
        assert.equal(error.code, "INVALID_INPUT");
        assert.equal(error.violations[0]?.field, "function_regex");
        assert.match(error.violations[0]?.description ?? "", reason);
        return true;
      });
    });
  }

  it("takes time linear in the name, whatever the expression", { timeout: 10_000 }, async () => {
    const matches = await compileFunctionRegex("^(a+)+$");
    assert.equal(matches(`${"a".repeat(10_000)}!`), false);
  });
});
