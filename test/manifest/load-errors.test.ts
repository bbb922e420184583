import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorLines, parse } from "./helpers.js";

describe("parseManifest: errors", () => {
  const faulty: [what: string, text: string, line: RegExp][] = [
    ["an empty file", "", /^dir\/m\.yaml:1:1: the file is empty: a manifest is a mapping/],
    ["a file of comments", "# nothing\n", /^dir\/m\.yaml:1:1: the file is empty/],
    [
      "a list at the top",
      "- name: ip_rcv\n",
      /:1:1: the file holds a list: a manifest is a mapping with the key functions/,
    ],
    ["a text at the top", "ip_rcv", /:1:1: the file holds the text "ip_rcv"/],
    [
      "no functions",
      "name: x\nfunktions: []",
      /:1:1: the key functions is missing, found "name", "funktions": a manifest/,
    ],
    ["functions without a value", "functions:\n", /:1:11: functions is empty/],
    ["functions that are a number", "functions: 3", /:1:12: functions is the number 3: give groups/],
    ["no function in a list", "functions: []", /:1:12: functions is empty: give at least one function/],
    ["no group", "functions: {}", /:1:12: functions is empty/],
    ["an empty group", "functions:\n  a: []\n", /:2:6: the group "a" is empty: give at least one function/],
    ["a group that is a text", "functions:\n  a: ip_rcv\n", /:2:6: the group "a" is the text "ip_rcv": give a list/],
    ["a group without functions", "functions:\n  a:\n    description: x\n", /:3:5: the group "a" has no key functions/],
    ["a group that is given twice", "functions:\n  a: [f]\n  a: [g]\n", /:3:3: the key "a" is given twice/],
    ["an entry that is a number", "functions: [3]", /:1:13: this entry is the number 3: give the name of a function/],
    ["an entry that is empty", "functions:\n- \n", /:2:3: this entry is empty/],
    ["an entry that is a list", "functions: [[f]]", /:1:13: this entry is a list/],
    ["an entry without a name", "functions:\n- skb_pos: 1\n", /:2:3: this entry has no name: give/],
    ["a name that is a number", "functions: [{name: 7}]", /:1:20: name is the number 7: give a text/],
    ["a name with a blank", "functions: ['ip rcv']", /:1:13: "ip rcv" cannot be the name of a kernel function/],
    ["a name that begins with a digit", "functions: [{name: 1ip}]", /:1:20: "1ip" cannot/],
    ["an unknown kind of probe", "functions: ['kprobe:ip_rcv']", /"kprobe:ip_rcv" cannot .*"tracepoint:"/],
    ["a tracepoint without a name", "functions: ['tracepoint:']", /"tracepoint:" cannot/],
    ["a name with control characters", 'functions: ["a\\e[2J"]', /"a\\u001b\[2J" cannot/],
    [
      "egress that is not boolean",
      "functions: [{name: f, egress: yes}]",
      /:1:31: egress of f is the text "yes": give true or false/,
    ],
    [
      "args that are not a list",
      "functions: [{name: f, args: x}]",
      /:1:29: args of f must be a list of C declarations/,
    ],
    ["args that are not texts", "functions: [{name: f, args: [1]}]", /args of f must be a list/],
    ["args without an sk_buff", "functions: [{name: f, args: [int a]}]", /args of f have no struct sk_buff \*/],
    ["a manifest name that is a list", "name: []\nfunctions: [f]", /:1:7: name is a list: give a text/],
    ["a description that is empty", "description:\nfunctions: [f]", /:1:13: description is empty: give a text/],
    ["a tab as indentation", "functions:\n\t- f", /:2:1: is not YAML: Tabs are not allowed/],
    ["a list that is not closed", "functions: [f", /:1:14: is not YAML: /],
    ["a key that is a list", "? [a]\n: b\n", /:1:3: is not YAML: keys must be texts/],
    ["a second document", "functions: [f]\n---\nfunctions: [g]\n", /:2:1: another YAML document begins here/],
    ["an alias of nothing", "functions: [*f]", /^dir\/m\.yaml:1:13: there is no anchor &f before this alias$/],
    ["an alias of itself", "functions: &f {g: *f}", /the group "g" has no key functions/],
  ];
  for (const [what, text, line] of faulty) {
    it(`refuses ${what}`, () => {
      const lines = errorLines(() => parse(text));
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0] ?? "", line);
      assert.match(lines[0] ?? "", /^dir\/m\.yaml:\d+:\d+: /);
    });
  }

  for (const position of ["0", "-1", "6", "1.5", '"1"', "one", "null", "[]"]) {
    it(`refuses skb_pos ${position}, naming the function`, () => {
      const lines = errorLines(() => parse(`functions: {g: [{name: ip_rcv, skb_pos: ${position}}]}`));
      assert.equal(lines.length, 1);
      assert.match(
        lines[0] ?? "",
        /:1:41: skb_pos of ip_rcv is .*: give the position of its struct sk_buff \* argument, 1-5/,
      );
    });
  }

  it("reports all errors at once, in the order of the file", () => {
    const text = "functions:\n  a:\n  - {egress: 1, name: f, skb_pos: 9}\n  b: 3\n  c: [1x]\nname: []\n";
    const places = errorLines(() => parse(text)).map((line) => line.split(":").slice(1, 3).join(":"));
    assert.deepEqual(places, ["3:14", "3:35", "4:6", "5:7", "6:7"]);
  });

  it("lists at most 20 errors and counts the rest", () => {
    const lines = errorLines(() => parse(`functions: [${new Array(50).fill("1").join(", ")}]`));
    assert.equal(lines.length, 21);
    assert.equal(lines[20], "and 30 more");
  });
});
