import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Import, importsOf } from "./imports.js";
import { findFaults, parseRooms } from "./rooms.js";

/** A table of three rooms: a pure one, one that may import it, one that may import types of both. */
const TABLE = `Before.

| room | what lives there | may import | packages |
| --- | --- | --- | --- |
| \`errors.ts\` | the errors | none | none |
| \`low/\` | bytes | \`errors.ts\` | \`node:fs\` |
| \`high/\` | words | \`errors.ts\`, \`low/\` (types) | \`@scope/tool\` |

After.`;

/** A tree without faults; each case below changes it. */
const TREE = {
  "errors.ts": "export class Fault {}",
  "low/bytes.ts":
    'import { readFileSync } from "node:fs";\nimport { Fault } from "../errors.js";\nimport { half } from "./half.js";',
  "low/half.ts": "export const half = 1;",
  "high/words.ts":
    'import { run } from "@scope/tool/deep.js";\nimport { Fault } from "../errors.js";\nimport type { Bytes } from "../low/bytes.js";',
};

function faultsOf(change: Readonly<Record<string, string | undefined>>, table = TABLE): string[] {
  const files = new Map<string, string>();
  for (const [path, source] of Object.entries({ ...TREE, ...change }))
    if (source !== undefined) files.set(path, source);
  return findFaults(files, parseRooms(table));
}

/** A file of TREE with one more line. */
function plus(path: keyof typeof TREE, line: string): Record<string, string> {
  return { [path]: `${TREE[path]}\n${line}` };
}

describe("findFaults()", () => {
  test("finds nothing in a tree that keeps the table", () => {
    assert.deepEqual(faultsOf({}), []);
  });

  const cases: [string, Record<string, string | undefined>, string | readonly string[]][] = [
    [
      "a room that is not allowed",
      plus("low/half.ts", 'import type { W } from "../high/words.js";'),
      ["low/half.ts: low/ may not import high/", "rooms import each other: low/ → high/ → low/"],
    ],
    [
      "a value where types are allowed",
      plus("high/words.ts", 'import { half } from "../low/half.js";'),
      "high/words.ts: high/ may import types of low/ only",
    ],
    [
      "a value between types",
      plus("high/words.ts", 'import { type A, half } from "../low/half.js";'),
      "high/words.ts: high/ may import types of low/ only",
    ],
    [
      "a re-export",
      plus("high/words.ts", 'export { half } from "../low/half.js";'),
      "high/words.ts: high/ may import types of low/ only",
    ],
    [
      "a dynamic import",
      plus("high/words.ts", '  const low = await import("../low/half.js");'),
      "high/words.ts: high/ may import types of low/ only",
    ],
    [
      "an import over several lines",
      plus("high/words.ts", 'import {\n  half,\n} from "../low/half.js";'),
      "high/words.ts: high/ may import types of low/ only",
    ],
    [
      "an import for its effect",
      plus("high/words.ts", 'import "../low/half.js";'),
      "high/words.ts: high/ may import types of low/ only",
    ],
    [
      "a package that is not allowed",
      plus("low/half.ts", 'import koffi from "koffi";'),
      "low/half.ts: low/ may not import the package koffi",
    ],
    [
      "a module of Node.js that is not allowed",
      plus("high/words.ts", 'import { readFile } from "node:fs/promises";'),
      "high/words.ts: high/ may not import the package node:fs",
    ],
    ["a folder that is not in the table", { "new/idea.ts": "" }, "new/idea.ts: its room is not in the table"],
    ["a leaf file that is not in the table", { "clock.ts": "" }, "clock.ts: its room is not in the table"],
    [
      "a row without files",
      { "high/words.ts": undefined },
      [
        "high/: is in the table and has no files",
        "high/: the table allows errors.ts, which it does not import",
        "high/: the table allows low/, which it does not import",
        "high/: the table allows @scope/tool, which it does not import",
      ],
    ],
    [
      "a permission that nobody uses",
      { "low/bytes.ts": 'import { Fault } from "../errors.js";' },
      "low/: the table allows node:fs, which it does not import",
    ],
    [
      "values allowed where types do",
      { "low/bytes.ts": 'import { readFileSync } from "node:fs";\nimport type { Fault } from "../errors.js";' },
      "low/: imports types of errors.ts only, and the table allows values",
    ],
    [
      "an import out of the tree",
      plus("low/half.ts", 'import tool from "../../test/tool.js";'),
      "low/half.ts: low/ may not import ../",
    ],
  ];
  for (const [name, change, expected] of cases) {
    test(name, () => assert.deepEqual(faultsOf(change), [expected].flat()));
  }

  test("a circle that the table allows", () => {
    const table = TABLE.replace("| none | none |", "| `high/` | none |");
    const change = plus("errors.ts", 'import { words } from "./high/words.js";');
    assert.deepEqual(faultsOf(change, table), ["rooms import each other: errors.ts → high/ → errors.ts"]);
  });
});

describe("parseRooms()", () => {
  const cases: [string, string, RegExp][] = [
    ["no table", "# Rooms\n", /no table/],
    ["a room without backticks", TABLE.replace("`low/`", "low/"), /row of the table is not understood: \| low/],
    ["a missing column", TABLE.replace("| words ", ""), /row of the table is not understood: \| `high\/`/],
    ["a name without backticks", TABLE.replace("`node:fs`", "node:fs"), /"node:fs" in the table is neither none nor/],
    ["an empty cell", TABLE.replace("| none | none |", "| none | |"), /"" in the table is neither none nor/],
  ];
  for (const [name, markdown, message] of cases) test(name, () => assert.throws(() => parseRooms(markdown), message));
});

describe("importsOf()", () => {
  const none: Import[] = [];
  const cases: [string, Import[]][] = [
    ['import a from "x";', [{ specifier: "x", typesOnly: false }]],
    ['import * as a from "x";', [{ specifier: "x", typesOnly: false }]],
    ['import type { A } from "x";', [{ specifier: "x", typesOnly: true }]],
    ['export type { A } from "x";', [{ specifier: "x", typesOnly: true }]],
    ['export * from "x";', [{ specifier: "x", typesOnly: false }]],
    ['const { a } = (await import("x")).b;', [{ specifier: "x", typesOnly: false }]],
    ['export const from = "x";', none],
    ['// import a from "x";', none],
    ['export function f() {}\nconst a = "x";', none],
  ];
  for (const [source, expected] of cases) {
    test(source, () => assert.deepEqual(importsOf(source), expected));
  }
});
