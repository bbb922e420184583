import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { IpftraceError } from "../../src/errors.js";
import { errorLines, parse } from "./helpers.js";

describe("parseManifest: hostile files", () => {
  const hostile: [what: string, text: string, error: RegExp][] = [
    [
      "a text over 1 MiB",
      `# ${"x".repeat(1024 * 1024)}`,
      /^dir\/m\.yaml: is larger than a manifest may be, 1048576 bytes$/,
    ],
    ["flow lists nested 500,000 deep", "[".repeat(500_000), /nested deeper than a manifest can be/],
    ["block lists nested 200,000 deep", "- ".repeat(200_000), /nested deeper/],
    ["mappings nested 200,000 deep", `a: ${"{a: ".repeat(200_000)}`, /nested deeper/],
    ["too many aliases", `functions: [&a f${", *a".repeat(101)}]`, /there are more than 100 aliases/],
    [
      "a list of 100,000 functions repeated by 99 aliases",
      `functions: {a: &a [${"f,".repeat(100_000)}]${Array.from({ length: 99 }, (_, index) => `, g${index}: *a`).join("")}}`,
      /is too much with all aliases followed/,
    ],
  ];
  for (const [what, text, error] of hostile) {
    it(`refuses ${what} quickly`, { timeout: 20_000 }, () => {
      const lines = errorLines(() => parse(text));
      assert.match(lines[0] ?? "", error);
    });
  }

  it("reads 2,012 functions, as the largest manifest of the original had", () => {
    const names = Array.from({ length: 2012 }, (_, index) => `f${index}`);
    const { manifest } = parse(`functions:\n${names.map((name) => `- name: ${name}\n  skb_pos: 1\n`).join("")}`);
    assert.deepEqual(
      manifest.groups[0]?.functions.map(({ name }) => name),
      names,
    );
  });

  it("gives a manifest or INVALID_INPUT for any text", () => {
    const word = fc.constantFrom(
      "functions",
      "name",
      "skb_pos",
      "egress",
      "args",
      "f",
      "1",
      "true",
      "null",
      "&a",
      "*a",
      "<<",
    );
    const mark = fc.constantFrom(
      ": ",
      "\n",
      "\n  ",
      "\n- ",
      "\n  - ",
      "{",
      "}",
      "[",
      "]",
      ", ",
      "'",
      '"',
      "|",
      "---",
      "#",
      "? ",
      "!t ",
    );
    const soup = fc.array(fc.oneof(word, mark), { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(soup, fc.string()), (text) => {
        try {
          const { manifest } = parse(text);
          assert.ok(manifest.groups.some(({ functions }) => functions.length > 0));
        } catch (error) {
          if (!(error instanceof IpftraceError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});
