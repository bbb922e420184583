import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { identityFinder } from "../../src/security/identities.js";
import { nameOf } from "../../src/security/names.js";

const valid_to = "Jan  1 00:00:00 2030 GMT";
const nowMs = Date.parse("2029-01-01");

describe("nameOf", () => {
  const good: [subjectaltname: string | undefined, CN: unknown, name: string][] = [
    ["DNS:a.b, URI:spiffe://x/y, URI:spiffe://z", "cn", "spiffe://x/y"],
    ["DNS:a.b, DNS:c.d", "cn", "a.b"],
    ["IP Address:10.0.0.1", "cn", "cn"],
    [undefined, "cn", "cn"],
    // A value that holds a separator stands in quotes: it is one name.
    ['URI:"http://a, URI:spiffe://admin", DNS:c', "cn", "http://a, URI:spiffe://admin"],
    ['DNS:"a\\", URI:b", DNS:c', "cn", 'a", URI:b'],
  ];
  for (const [subjectaltname, CN, name] of good) {
    it(`${subjectaltname} and ${CN}: ${name}`, () => {
      const certificate = { subject: { CN }, subjectaltname, valid_to } as Parameters<typeof nameOf>[0];
      assert.equal(nameOf(certificate, nowMs), name);
    });
  }

  const bad: [what: string, certificate: object | undefined, said: RegExp][] = [
    ["none", undefined, /showed no certificate/],
    ["no name", { subject: {} }, /has no name/],
    ["no subject", {}, /has no name/],
    ["two common names", { subject: { CN: ["a", "b"] } }, /has no name/],
    ["a URI as common name", { subject: { CN: "spiffe://admin" } }, /has no name/],
    ["an empty name", { subject: { CN: "" } }, /has no name/],
    ["names in no known form", { subject: {}, subjectaltname: 'URI:"a, DNS:b' }, /has no name/],
    ["a time that is over", { subject: { CN: "a" }, valid_to: "Jan  1 00:00:00 2028 GMT" }, /expired at Jan {2}1/],
  ];
  for (const [what, certificate, said] of bad) {
    it(`refuses ${what}`, () => {
      const whole = certificate && ({ valid_to, ...certificate } as Parameters<typeof nameOf>[0]);
      assert.throws(() => nameOf(whole, nowMs), said);
    });
  }
});

describe("identityFinder", () => {
  const matches: [pattern: string, names: string[], others: string[]][] = [
    ["spiffe://x/*", ["spiffe://x/a"], ["spiffe://x/a/b", "spiffe://y/a", "spiffe://x", "aspiffe://x/a"]],
    ["spiffe://x/**", ["spiffe://x/a", "spiffe://x/a/b.c"], ["spiffe://y/x/"]],
    ["*.ops.example.com", ["a.ops.example.com"], ["a.b.ops.example.com", "ops.example.com", "a.ops.example.com.evil"]],
    ["a.b", ["a.b"], ["axb", "a.b\n", "A.B"]],
    ["(a|b)+$", ["(a|b)+$"], ["a", "ab"]],
    ["**", ["", "anything at all"], []],
  ];
  for (const [pattern, names, others] of matches) {
    it(`${pattern} means ${names.join(", ")}`, () => {
      const find = identityFinder([{ name: pattern, role: "admin" }]);
      for (const name of names) assert.equal(find(name).role, "admin");
      for (const name of others) assert.throws(() => find(name), /has no role for/, name);
    });
  }

  it("takes the first that fits", () => {
    const find = identityFinder([
      { name: "a*", role: "operator" },
      { name: "**", role: "reader" },
    ]);
    assert.deepEqual([find("ab").role, find("b").role], ["operator", "reader"]);
  });
});
