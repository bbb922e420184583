import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorLines, parse, summary } from "./helpers.js";

describe("parseManifest: forms", () => {
  const forms: [what: string, text: string, expected: string[]][] = [
    [
      "groups of {name, skb_pos, egress}",
      "functions:\n  b:\n    - name: ip_rcv\n      skb_pos: 1\n  a:\n    - {name: kfree_skb, skb_pos: 1, egress: true}\n",
      ["b: ip_rcv/1", "a: kfree_skb/1*"],
    ],
    [
      "groups of {name, args}",
      "functions:\n  ipv4:\n    - name: ip_output\n      args:\n        - struct net *net\n        - struct sock *sk\n        - struct sk_buff *skb\n",
      ["ipv4: ip_output/3"],
    ],
    [
      "JSON, as the oldest manifests",
      '{"functions": {"g": [{"name": "f", "args": ["int a", "struct sk_buff *skb"]}]}}',
      ["g: f/2"],
    ],
    ["a plain list", "functions:\n- name: ip_rcv\n  skb_pos: 1\n- name: ip6_rcv\n", [": ip_rcv/1 ip6_rcv/0"]],
    [
      "functions by name alone",
      "functions: [ip_rcv, tracepoint:net_dev_queue]",
      [": ip_rcv/0 tracepoint:net_dev_queue/0"],
    ],
    ["groups with a description", "functions: {g: {description: d, functions: [f]}}", ["g: f/0"]],
    [
      "names that compilers make",
      "functions: [ip_rcv_core.isra.0, .text, $x]",
      [": ip_rcv_core.isra.0/0 .text/0 $x/0"],
    ],
    ["group names that are not texts in YAML", "functions: {6: [a], true: [b]}", ["6: a/0", "true: b/0"]],
    ["egress given as false", "functions: [{name: f, egress: false}]", [": f/0"]],
    ["positions 1 to 5", "functions: [{name: a, skb_pos: 1}, {name: b, skb_pos: 5}]", [": a/1 b/5"]],
    [
      "aliases",
      "functions: {a: &list [f, {name: g, skb_pos: 2}], b: [h, &i {name: i}], c: [*i]}",
      ["a: f/0 g/2", "b: h/0 i/0"],
    ],
    ["a byte order mark", "\ufefffunctions: [f]", [": f/0"]],
    ["Windows line ends", "functions:\r\n- f\r\n- g\r\n", [": f/0 g/0"]],
  ];
  for (const [what, text, expected] of forms) {
    it(`reads ${what}`, () => assert.deepEqual(summary(parse(text)), expected));
  }

  it("takes name and description from the file", () => {
    const { manifest, warnings } = parse(
      "name: generic\ndescription: one\nfunctions: {g: {description: two, functions: [f]}}",
    );
    assert.deepEqual(manifest, {
      name: "generic",
      description: "one",
      groups: [{ name: "g", description: "two", functions: [{ name: "f", skbPosition: 0, egress: false }] }],
    });
    assert.deepEqual(warnings, []);
  });

  it("is named after the file where the file does not say", () =>
    assert.equal(parse("functions: [f]").manifest.name, "m"));
});

describe("parseManifest: C declarations", () => {
  const declarations: [args: string[], position: number][] = [
    [["struct sk_buff *skb"], 1],
    [["struct sk_buff *first", "struct net_device *dev"], 1],
    [["struct net *net", "struct sk_buff* skb"], 2],
    [["const struct sk_buff *from", "struct sk_buff *skb"], 2],
    [["struct sk_buff **pskb", "struct sk_buff *other"], 2],
    [["struct sk_buff **skb", "struct sk_buff *other"], 2],
    [["struct sk_buff * const *list", "struct sk_buff *const one"], 2],
    [["struct sk_buff_head *list", "struct sk_buff *one"], 2],
    [["a", "b", "c", "d", "void *skb"], 5],
  ];
  for (const [args, position] of declarations) {
    it(`finds the sk_buff of (${args.join(", ")}) at ${position}`, () => {
      const text = JSON.stringify({ functions: [{ name: "f", args }] });
      assert.deepEqual(summary(parse(text)), [`: f/${position}`]);
    });
  }

  it("believes skb_pos more than args", () => {
    assert.deepEqual(summary(parse("functions: [{name: f, skb_pos: 2, args: 7}]")), [": f/2"]);
  });

  it("is not slowed down by a hostile declaration", () => {
    const args = ["x".repeat(400_000), `${"skb ".repeat(100_000)}x`, `struct sk_buff${" ".repeat(100_000)}x`];
    const lines = errorLines(() => parse(JSON.stringify({ functions: [{ name: "f", args }] })));
    assert.match(lines[0] ?? "", /no struct sk_buff \*/);
  });
});

describe("parseManifest: warnings", () => {
  const warned: [what: string, text: string, warnings: RegExp[]][] = [
    [
      "an unknown key of a function",
      "functions:\n- {name: f, skbpos: 1}\n",
      [
        /^dir\/m\.yaml:2:13: the key "skbpos" is ignored \(did you mean "skb_pos"\?\): a function has the keys name, skb_pos/,
      ],
    ],
    [
      "an unknown key of a group",
      "functions: {g: {functions: [f], title: x}}",
      [/:1:33: the key "title" is ignored: a group has the keys description, functions$/],
    ],
    [
      "an unknown key of the file",
      "version: 1\nfunctions: [f]",
      [/:1:1: the key "version" is ignored: a manifest has/],
    ],
    ["an unknown tag", "functions: !list [f]", [/:1:12: Unresolved tag: !list/]],
    [
      "a function listed twice",
      "functions:\n  a: [f]\n  b: [f, g]\n",
      [/:3:7: f is listed twice, first in line 2: it stays there$/],
    ],
    ["nothing in a plain manifest", "functions: [f]", []],
    ["nothing about args", "functions: [{name: f, args: [struct sk_buff *skb]}]", []],
  ];
  for (const [what, text, expected] of warned) {
    it(`warns of ${what}`, () => {
      const { warnings } = parse(text);
      assert.equal(warnings.length, expected.length, warnings.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(warnings[index] ?? "", pattern);
    });
  }

  it("keeps a function that is listed twice in its first place, and lets any egress win", () => {
    const loaded = parse(
      "functions:\n  a: [{name: f, skb_pos: 1}, g]\n  b: [{name: f, skb_pos: 2, egress: true}, h]\n  c: [g]\n",
    );
    assert.deepEqual(summary(loaded), ["a: f/1* g/0", "b: h/0"]);
    assert.match(
      loaded.warnings[0] ?? "",
      /with skb_pos 1, not 2, and journeys end with it, because one listing says so$/,
    );
  });

  it("takes the position from the listing that has one", () => {
    assert.deepEqual(summary(parse("functions: [f, {name: f, skb_pos: 3}]")), [": f/3"]);
  });

  it("does not let a listing without egress undo one with it", () => {
    assert.deepEqual(summary(parse("functions: [{name: f, egress: true}, {name: f, egress: false}]")), [": f/0*"]);
  });
});
