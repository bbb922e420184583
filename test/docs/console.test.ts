import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { consoleBlocks, ipftraceWords, isShown } from "./console.js";

describe("consoleBlocks()", () => {
  test("reads commands with their lines and outputs, and no other block", () => {
    const markdown = "text\n```console\n$ one\na\nb\n# two\n```\n```sh\n$ three\n```\n```console\n$ four\n```\n";
    assert.deepEqual(consoleBlocks(markdown), [
      [
        { line: 3, prompt: "$", command: "one", output: "a\nb\n" },
        { line: 6, prompt: "#", command: "two", output: "" },
      ],
      [{ line: 12, prompt: "$", command: "four", output: "" }],
    ]);
  });

  test("refuses a block that begins with output", () => {
    assert.throws(() => consoleBlocks("```console\noutput\n```\n"), /line 2 is not a command/);
  });

  test("refuses a block without an end", () => {
    assert.throws(() => consoleBlocks("```console\n$ one\n"), /block in line 1 does not end/);
  });
});

describe("isShown()", () => {
  const cases: [string, string, string, boolean][] = [
    ["the same", "a\nb\n", "a\nb\n", true],
    ["another line", "a\nb\n", "a\nc\n", false],
    ["a line more", "a\nb\n", "a\n", false],
    ["a line less", "a\n", "a\nb\n", false],
    ["nothing, as shown", "", "", true],
    ["something where nothing is shown", "a\n", "", false],
    ["… for two lines", "a\nb\nc\nd\n", "a\n…\nd\n", true],
    ["… for no line", "a\nd\n", "a\n…\nd\n", true],
    ["… does not hide the last line", "a\nb\n", "a\n…\nd\n", false],
    ["… within a line", "took 12 ms\n", "took … ms\n", true],
    ["… within a line ends with it", "took 12\nms\n", "took …ms\n", false],
    ["signs that mean something in a pattern", "a.b (c)\n", "a.b (c)\n", true],
    ["a dot is a dot", "axb\n", "a.b\n", false],
  ];
  for (const [name, actual, shown, expected] of cases) {
    test(name, () => assert.equal(isShown(actual, shown), expected));
  }
});

describe("ipftraceWords()", () => {
  const cases: [string, string[] | undefined][] = [
    ["ipftrace -l generic", ["-l", "generic"]],
    ["./ipftrace demo", ["demo"]],
    ["ipftraced --insecure", ["serve", "--insecure"]],
    ["test/vm/run -k 6.12 -- ./ipftrace demo", ["demo"]],
    ["ipftrace -q generic | jq 'a | b'", ["-q", "generic"]],
    ["ipftrace 'my file.yaml'", ["my file.yaml"]],
    ["npm test", undefined],
  ];
  for (const [command, expected] of cases) {
    test(command, () => assert.deepEqual(ipftraceWords(command), expected));
  }
});
