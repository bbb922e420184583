/** The table of docs/config.md is the table of the configuration. */
import { test } from "node:test";
import { environmentName, rowsOf } from "../../src/config/names.js";
import type { Key, List } from "../../src/config/schema.js";
import { configTable } from "../../src/config/table.js";
import { compareGenerated } from "./generated.js";

const HEADER = "| key | accepted | default | flag | environment | meaning |\n| --- | --- | --- | --- | --- | --- |\n";

function code(value: unknown): string {
  return String(value ?? "") === "" ? "" : `\`${value}\``;
}

function line(path: string, entry: Key<unknown> | List, variable: string): string {
  const [accepts, fallback] =
    entry.is === "key"
      ? [entry.accepts, entry.isRequired ? "must be given" : code(entry.default)]
      : [`a list, entries as below or a mere \`${entry.shorthand}\``, entry.default.map(code).join(", ")];
  return `| ${[code(path), accepts, fallback, code(entry.flag), code(variable), entry.meaning].join(" | ")} |\n`;
}

/** Within an entry of a list nothing comes from the environment. */
function entryLines(path: string, list: List): string[] {
  return rowsOf(list.keys).flatMap((below) => {
    const at = `${path}[].${below.path}`;
    const own = line(at, below.entry, "");
    return below.entry.is === "key" ? [own] : [own, ...entryLines(at, below.entry)];
  });
}

test("docs/config.md has every key", () => {
  const lines = rowsOf(configTable).flatMap(({ path, entry }) => {
    const own = line(path, entry, environmentName(path));
    return entry.is === "key" ? [own] : [own, ...entryLines(path, entry)];
  });
  compareGenerated("docs/config.md", "keys", HEADER + lines.join(""));
});
