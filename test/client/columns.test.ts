import assert from "node:assert/strict";
import { it } from "node:test";
import { type Column, layOut } from "../../src/client/columns.js";

const columns: readonly Column[] = [
  { header: "N", align: "right" },
  { header: "Name", align: "left" },
  { header: "More", align: "left" },
];

const tables: [what: string, rows: string[][], lines: string[]][] = [
  ["headers alone are two wider than they are", [], ["  N  Name    More"]],
  [
    "the longest cell makes the column",
    [["12345", "a-longer-name", "x"]],
    ["    N  Name           More", "12345  a-longer-name  x"],
  ],
  [
    "no line ends in blanks, whoever wrote them",
    [
      ["1", "a", "b  "],
      ["2", "c", ""],
    ],
    ["  N  Name    More", "  1  a       b", "  2  c"],
  ],
  [
    "a character of two units counts once, as in Python",
    [
      ["1", "𝄞𝄞𝄞𝄞𝄞𝄞𝄞", "x"],
      ["2", "1234567", "y"],
    ],
    ["  N  Name     More", "  1  𝄞𝄞𝄞𝄞𝄞𝄞𝄞  x", "  2  1234567  y"],
  ],
  ["a cell that is missing is empty", [["1"]], ["  N  Name    More", "  1"]],
];

for (const [what, rows, lines] of tables) it(what, () => assert.deepEqual(layOut(columns, rows), lines));
