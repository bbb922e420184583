import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseModule } from "../../src/module/load.js";
import { planModules } from "../../src/module/plan.js";
import { smallKernel } from "../expression/kernel.js";
import { errorLines } from "../manifest/helpers.js";

/** Files that are no modules, whatever the kernel. */
const faultyFiles: readonly [what: string, text: string, line: RegExp][] = [
  ["an empty file", "", /^m\.yaml:1:1: the file is empty: a module is a mapping with the key fields/],
  ["a list at the top", "- name: x", /:1:1: the file holds a list: a module is a mapping/],
  ["a text at the top", "skb->len", /:1:1: the file holds the text "skb->len"/],
  ["no fields", "name: x", /:1:1: the key fields is missing: a module is a mapping/],
  ["fields that are a text", "fields: x", /:1:9: fields is the text "x": give a list, each entry a mapping/],
  ["fields that are a mapping", "fields: {a: b}", /:1:9: fields is a mapping: give a list/],
  ["fields that are empty", "fields: []", /:1:9: the module "m" has no fields: give at least one/],
  ["fields without a value", "fields:", /fields is empty: give a list/],
  [
    "a field that is a text",
    "fields: [skb->len]",
    /:1:10: this field is the text "skb->len": give a mapping with the keys name and read/,
  ],
  ["a field that is a number", "fields: [7]", /:1:10: this field is the number 7/],
  ["a field without a name", "fields: [{read: skb->len}]", /:1:10: this field has no name: give a mapping/],
  ["a field without a path", "fields: [{name: len}]", /:1:10: this field has no read: give a mapping/],
  ["a name that is a number", "fields: [{name: 7, read: skb->len}]", /:1:17: name is the number 7: give a text/],
  [
    "a name with a blank",
    "fields: [{name: a b, read: skb->len}]",
    /:1:17: "a b" cannot be the name of a field: use letters/,
  ],
  [
    "a name that is too long",
    `fields: [{name: ${"x".repeat(65)}, read: skb->len}]`,
    /cannot be the name of a field: use letters, digits, "_" and "-", 64 at most/,
  ],
  [
    "a path that is a number",
    "fields: [{name: a, read: 5}]",
    /:1:26: read is the number 5: give a path such as skb->len, or a list/,
  ],
  ["a path that is empty", "fields: [{name: a, read: ''}]", /:1:26: read is the text "": give a path/],
  ["an empty list of paths", "fields: [{name: a, read: []}]", /:1:26: read is a list of other things: give a path/],
  ["a list of other things", "fields: [{name: a, read: [5]}]", /:1:26: read is a list of other things/],
  ["too many paths", `fields: [{name: a, read: [${"skb->a, ".repeat(10)}]}]`, /has 9: give 8 at most/],
  [
    "a kind that does not exist",
    "fields: [{name: a, read: skb->len, kind: hexx}]",
    /:1:42: "hexx" is not a kind \(did you mean "hex"\?\): the kinds are unsigned, /,
  ],
  [
    "a kind that is a number",
    "fields: [{name: a, read: skb->len, kind: 4}]",
    /:1:42: kind is the number 4: give a text/,
  ],
  [
    "optional that is a text",
    "fields: [{name: a, read: skb->len, optional: maybe}]",
    /:1:46: optional is the text "maybe": give true or false/,
  ],
  [
    "names for a number",
    "fields: [{name: a, read: skb->len, kind: hex, names_from: E}]",
    /:1:59: only the kinds enum and flags have names: leave one of them out/,
  ],
  [
    "a pattern in the middle",
    "fields: [{name: a, read: skb->len, names_from: A*B}]",
    /"A\*B" is no name of an enum, and no beginning of names: give for example/,
  ],
  ["a pattern of everything", "fields: [{name: a, read: skb->len, names_from: '*'}]", /"\*" is no name of an enum/],
  ["a unit that is a list", "fields: [{name: a, read: skb->len, unit: []}]", /:1:42: unit is a list: give a text/],
  [
    "a description that is too long",
    `description: ${"x".repeat(1025)}\nfields: [{name: a, read: skb->len}]`,
    /:1:14: has 1025 characters: give 1024 at most/,
  ],
  [
    "a field that is given twice",
    "fields:\n- {name: a, read: skb->len}\n- {name: a, read: skb->mark}",
    /:3:10: "a" is given twice/,
  ],
  ["a key that is given twice", "fields: [{name: a, name: b, read: skb->len}]", /:1:20: the key "name" is given twice/],
  [
    "a module name with a slash",
    "name: a/b\nfields: [{name: a, read: skb->len}]",
    /:1:7: "a\/b" cannot be the name of a module/,
  ],
  ["a match that is a list", "match: []\nfields: [{name: a, read: skb->len}]", /:1:8: match is a list: give a text/],
  [
    "two documents",
    "fields: [{name: a, read: b}]\n---\nx: 1",
    /:2:1: another YAML document begins here: a module is one document/,
  ],
  ["what is not YAML", "fields: [", /is not YAML/],
  ["nesting without end", "[".repeat(100), /is nested deeper than a module can be/],
];

/** Fields, as YAML without braces, of which the node says that they cannot be read. */
const faultyFields: readonly [fields: string, place: string, message: RegExp][] = [
  [
    "name: a, read: skb->lenn",
    "modules[0].fields[0].read",
    /^"a": struct sk_buff has no member "lenn" \(did you mean "len"\?\), at column 6\n {2}skb->lenn\n {7}\^{4}$/,
  ],
  ["name: a, read: [skb->lenn, skb->marc]", "modules[0].fields[0].read", /no member "lenn"/],
  ["name: a, read: 'skb->len +', optional: true", "modules[0].fields[0].read", /the expression ends here/],
  ["name: a, read: '5 5'", "modules[0].fields[0].read", /"5" stands here/],
  [
    "name: a, read: skb",
    "modules[0].fields[0].read",
    /this is an address in the kernel \(struct sk_buff \*\): read what it points to, as in ->member/,
  ],
  ["name: a, read: skb->dev", "modules[0].fields[0].read", /this is an address in the kernel \(struct net_device \*\)/],
  [
    "name: a, read: skb->dev, kind: hex",
    "modules[0].fields[0].read",
    /the kind hex needs a number, and this is struct net_device \*/,
  ],
  ["name: a, read: skb->dev->ops", "modules[0].fields[0].read", /this is an address in the kernel/],
  [
    "name: a, read: 'skb[0]'",
    "modules[0].fields[0].read",
    /this is struct sk_buff, no value: name one of its members, as in \.dev/,
  ],
  [
    "name: a, read: 'skb[0]', kind: unsigned",
    "modules[0].fields[0].read",
    /the kind unsigned needs a number, and this is struct sk_buff/,
  ],
  [
    "name: a, read: skb->cb, kind: signed",
    "modules[0].fields[0].read",
    /the kind signed needs a number, and this is unsigned char \[48\]/,
  ],
  [
    "name: a, read: skb->len, kind: mac",
    "modules[0].fields[0].read",
    /the kind mac needs 6 bytes, and this has 4 bytes \(unsigned int\)/,
  ],
  [
    "name: a, read: skb->cb, kind: ip",
    "modules[0].fields[0].read",
    /the kind ip needs 4 or 16 bytes, and this has 48 bytes/,
  ],
  ["name: a, read: skb->dev, kind: ip", "modules[0].fields[0].read", /this is an address in the kernel/],
  [
    "name: a, read: skb->len, kind: string",
    "modules[0].fields[0].read",
    /the kind string needs an array of characters or a pointer to them, and this is unsigned int/,
  ],
  [
    "name: a, read: skb->trust, kind: big-endian",
    "modules[0].fields[0].read",
    /big-endian needs a number of 2, 4 or 8 bytes, and this has one/,
  ],
  [
    "name: a, read: skb->len, kind: enum",
    "modules[0].fields[0].read",
    /the type unsigned int has no names: say in names_from which enum has them/,
  ],
  ["name: a, read: skb->len, kind: flags", "modules[0].fields[0].read", /has no names: say in names_from/],
  [
    "name: a, read: skb->len, names_from: pkt_kinds",
    "modules[0].fields[0].read",
    /this kernel has no enum "pkt_kinds" \(did you mean "pkt_kind"\?\) for names_from/,
  ],
  [
    "name: a, read: skb->len, names_from: 'NO_SUCH_*'",
    "modules[0].fields[0].read",
    /this kernel has no constant like names_from "NO_SUCH_\*"/,
  ],
  [
    "name: a, read: skb->nfct->statu",
    "modules[0].fields[0].read",
    /struct nf_conn has no member "statu" \(did you mean "status"\?\)/,
  ],
  [
    "name: a, read: skb->sp->len",
    "modules[0].fields[0].read",
    /do not describe struct sec_path: load the kernel module that has it/,
  ],
  ["name: a, read: '(struct tcphdr *)skb->data'", "modules[0].fields[0].read", /have no type "struct tcphdr"/],
  ["name: a, read: '\"x\"'", "modules[0].fields[0].read", /a text can only be compared/],
];

describe("what is wrong with a module", () => {
  for (const [what, text, line] of faultyFiles) {
    it(`refuses ${what}, with file, line and column`, () => {
      const lines = errorLines(() => parseModule(text, "m.yaml"));
      assert.match(lines[0] ?? "", line);
      assert.match(lines[0] ?? "", /^m\.yaml:\d+:\d+: /);
    });
  }

  const kernel = smallKernel();
  const planned = (text: string) =>
    planModules(kernel, [{ path: "modules[0]", module: parseModule(text, "m.yaml").module }]);
  for (const [fields, place, message] of faultyFields) {
    it(`refuses {${fields}}`, () => {
      const plan = planned(`fields: [{${fields}}]`);
      assert.ok("violations" in plan, "it was accepted");
      assert.deepEqual(
        plan.violations.map(({ field }) => field),
        [place],
      );
      assert.match(plan.violations[0]?.description ?? "", message);
    });
  }

  it("refuses a match that cannot be read", () => {
    const plan = planned("match: skb->lenn\nfields: [{name: a, read: skb->len}]");
    assert.ok("violations" in plan);
    assert.deepEqual(
      plan.violations.map(({ field }) => field),
      ["modules[0].match"],
    );
  });

  it("tells which fields make a hop too large", () => {
    const fields = Array.from({ length: 6 }, (_, n) => `- {name: f${n}, read: skb->cb}`).join("\n");
    const plan = planned(`fields:\n${fields}`);
    assert.ok("violations" in plan);
    const [{ field, description } = { field: "", description: "" }] = plan.violations;
    assert.equal(field, "modules");
    assert.match(
      description,
      /^the modules add 296 bytes to every hop, and 256 are the most: leave out fields \(bytes of each: f0 48, f1 48, /,
    );
  });

  it("tells all faults at once", () => {
    const plan = planned(
      "match: nope\nfields: [{name: a, read: nope}, {name: b, read: skb->len}, {name: c, read: skb->dev}]",
    );
    assert.ok("violations" in plan);
    assert.deepEqual(
      plan.violations.map(({ field }) => field),
      ["modules[0].fields[0].read", "modules[0].fields[2].read", "modules[0].match"],
    );
  });

  it("has enough of them", () => assert.ok(faultyFiles.length + faultyFields.length + 2 >= 60));
});
