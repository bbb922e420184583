import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Manifest } from "../../src/gen/ipftrace/v1/manifest.js";
import { checkManifest, maxManifestFunctions } from "../../src/manifest/check.js";

function manifestOf(...groups: { name: string; skbPosition?: number }[][]): Manifest {
  return Manifest.create({ groups: groups.map((functions) => ({ functions })) });
}

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `f${index}` }));

describe("checkManifest", () => {
  const fine: [what: string, manifest: Manifest][] = [
    ["one function", manifestOf([{ name: "ip_rcv" }])],
    [
      "positions 0 to 5",
      manifestOf([
        { name: "a", skbPosition: 0 },
        { name: "b", skbPosition: 5 },
      ]),
    ],
    ["a tracepoint", manifestOf([{ name: "tracepoint:net_dev_queue" }])],
    ["an empty group beside another", manifestOf([], [{ name: "a" }])],
    ["4096 functions", manifestOf(many(2000), many(4096).slice(2000))],
  ];
  for (const [what, manifest] of fine) {
    it(`accepts ${what}`, () => assert.deepEqual(checkManifest(manifest), []));
  }

  const first = "manifest.groups[0].functions[0]";
  const faulty: [what: string, manifest: Manifest, field: string, description: RegExp][] = [
    ["no group", manifestOf(), "manifest.groups", /^has 0 functions: give 1-4096$/],
    ["no function", manifestOf([], []), "manifest.groups", /^has 0 functions/],
    [
      "4097 functions",
      manifestOf(many(maxManifestFunctions), [{ name: "g" }]),
      "manifest.groups",
      /^has 4097 functions/,
    ],
    ["an empty name", manifestOf([{ name: "" }]), `${first}.name`, /^"" cannot be the name of a kernel function/],
    [
      "a path as a name",
      manifestOf([{ name: "a" }, { name: "../b" }]),
      "manifest.groups[0].functions[1].name",
      /^"..\/b" cannot/,
    ],
    ["a line feed in a name", manifestOf([{ name: "ip_rcv\n" }]), `${first}.name`, /^"ip_rcv\\n" cannot/],
    [
      "position 6",
      manifestOf([{ name: "f", skbPosition: 6 }]),
      `${first}.skb_position`,
      /^skb_position of "f" is 6: give 1-5, or 0/,
    ],
    ["position -1", manifestOf([{ name: "f", skbPosition: -1 }]), `${first}.skb_position`, /is -1/],
    ["position 1.5", manifestOf([{ name: "f", skbPosition: 1.5 }]), `${first}.skb_position`, /is 1.5/],
    [
      "a function listed twice",
      manifestOf([{ name: "f" }], [{ name: "f" }]),
      "manifest.groups[1].functions[0].name",
      /^"f" is listed twice, first as manifest\.groups\[0\]\.functions\[0\]$/,
    ],
  ];
  for (const [what, manifest, field, description] of faulty) {
    it(`refuses ${what}, naming ${field}`, () => {
      const violations = checkManifest(manifest);
      assert.deepEqual(
        violations.map((violation) => violation.field),
        [field],
      );
      assert.match(violations[0]?.description ?? "", description);
    });
  }

  it("reports all faults at once, but no more than 20", () => {
    const two = checkManifest(manifestOf([{ name: "", skbPosition: 9 }]));
    assert.deepEqual(
      two.map(({ field }) => field),
      [`${first}.name`, `${first}.skb_position`],
    );
    const more = checkManifest(manifestOf(many(100).map(({ name }) => ({ name, skbPosition: 6 }))));
    assert.equal(more.length, 21);
    assert.equal(more[20]?.field, "manifest");
  });
});
