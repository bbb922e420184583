/** docs/truth.md names tests: those must be there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { scenarios } from "../vm/lab/scenarios/all.js";

const ROOT = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/truth.md", ROOT), "utf8");

/** The last cells of the tables' rows. */
const shownBy = page.split("\n").flatMap((line) => /^\| .* \| .* \| (`.*`) \|$/.exec(line)?.[1] ?? []);

it("names scenarios and files that exist, in every row", () => {
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (what goes wrong|---)/.test(line));
  assert.equal(shownBy.length, rows.length, "a row names no test");
  const names = new Set(scenarios.map(({ name }) => name));
  const wrong = shownBy
    .flatMap((cell) => cell.split(" "))
    .map((name) => name.replaceAll("`", ""))
    .filter((name) => (name.includes("/") ? !existsSync(new URL(name, ROOT)) : !names.has(name)));
  assert.deepEqual(wrong, []);
});
