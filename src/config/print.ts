/** A configuration as text: a file that gives the same, with the origin of each value behind it. */
import { stringify } from "yaml";
import type { Effective } from "./resolve.js";
import type { Entries, List } from "./schema.js";
import { configTable } from "./table.js";

const INDENT = "  ";

/** The lines of `ipftrace serve --check`. */
export function printConfig({ config, values }: Pick<Effective, "config" | "values">): string {
  const origin = (path: string): string => ` # ${values.get(path)?.origin}`;
  return `${sectionLines(configTable, config, "", origin).join("\n")}\n`;
}

type OriginOf = (path: string) => string;

function sectionLines(entries: Entries, values: object, path: string, originOf: OriginOf): string[] {
  return Object.entries(entries).flatMap(([name, entry]) => {
    const value: unknown = (values as Record<string, unknown>)[name];
    const below = path === "" ? name : `${path}.${name}`;
    if (entry.is === "section") {
      return [`${name}:`, ...indented(sectionLines(entry.keys, value as object, below, originOf))];
    }
    if (entry.is === "key") return [`${name}:${scalar(value)}${originOf(below)}`];
    const items = (value as object[]).flatMap((item) => entryLines(entry, item));
    return items.length === 0 ? [`${name}: []${originOf(below)}`] : [`${name}:${originOf(below)}`, ...indented(items)];
  });
}

/** Within an entry of a list no value has an origin of its own. */
function entryLines({ keys }: List, item: object): string[] {
  const [first = "", ...others] = sectionLines(keys, item, "", () => "");
  return [`- ${first}`, ...indented(others)];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => INDENT + line);
}

function scalar(value: unknown): string {
  return value === undefined ? "" : ` ${stringify(value, { lineWidth: 0 }).trimEnd()}`;
}
