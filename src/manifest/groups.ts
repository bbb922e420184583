import { isMap, isSeq, type Node } from "yaml";
import { quote } from "../filter/quote.js";
import { type Entry, readEntry } from "./entry.js";
import { describeNode, type Source } from "./source.js";

/** One group as the file lists it. */
export interface Group {
  /** Empty for a plain list. */
  readonly name: string;
  readonly description: string;
  readonly entries: readonly Entry[];
}

/** Reads the value of `functions`: groups by name, or a plain list, which becomes one group without a name. */
export function readGroups(source: Source, node: Node): Group[] {
  if (isSeq(node)) return [{ name: "", description: "", entries: readEntries(source, node, "functions") }];
  if (!isMap(node)) {
    source.error(node, `functions is ${describeNode(node)}: give groups of functions by name, or a list of functions`);
    return [];
  }
  if (node.items.length === 0) source.error(node, "functions is empty: give at least one function");
  return [...source.fields(node)].map(([name, value]) => readGroup(source, name, value));
}

function readGroup(source: Source, name: string, node: Node): Group {
  const label = `the group ${quote(name)}`;
  if (!isMap(node)) return { name, description: "", entries: readEntries(source, node, label) };
  const fields = source.knownFields(node, ["description", "functions"], "a group");
  const description = source.text(fields, "description") ?? "";
  const functions = fields.get("functions");
  if (functions !== undefined) return { name, description, entries: readEntries(source, functions, label) };
  source.error(
    node,
    `${label} has no key functions: give a list of functions, or a mapping with description and functions`,
  );
  return { name, description, entries: [] };
}

function readEntries(source: Source, node: Node, label: string): Entry[] {
  if (!isSeq(node)) {
    source.error(node, `${label} is ${describeNode(node)}: give a list of functions`);
    return [];
  }
  if (node.items.length === 0) source.error(node, `${label} is empty: give at least one function`);
  return source
    .elements(node)
    .map((element) => readEntry(source, element))
    .filter((entry) => entry !== undefined);
}
