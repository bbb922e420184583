/** Reads the text of a configuration file. */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import { Problems } from "../manifest/problems.js";
import { describeNode, type Fields, offsetOf, Source } from "../manifest/source.js";
import { rowsOf } from "./names.js";
import type { Entries, Key, List } from "./schema.js";

/** A value and where it was given. */
export interface Given {
  readonly value: unknown;
  /** `/etc/ipftrace/ipftraced.yaml:3:10`, `IPFTRACE_LOG_LEVEL`, `--log-level` or `default`. */
  readonly origin: string;
}

/**
 * The values that a file gives, by path.
 *
 * @throws IpftraceError INVALID_INPUT with each error on a line, as `FILE:LINE:COLUMN: what`.
 */
export function readConfigText(text: string, file: string, table: Entries): Map<string, Given> {
  const problems = new Problems(file);
  const source = new Source(text, problems, "configuration");
  const found = new Map<string, Given>();
  if (source.root !== undefined) readSection(new Reading(source, found), source.root, table, "");
  problems.throwErrors();
  return found;
}

/** The file that is read, and what has been found in it. */
class Reading {
  readonly source: Source;
  readonly found: Map<string, Given>;

  constructor(source: Source, found: Map<string, Given>) {
    this.source = source;
    this.found = found;
  }

  give(path: string, node: Node, value: unknown): void {
    this.found.set(path, { value, origin: this.source.problems.place(offsetOf(node)) });
  }
}

function readSection(reading: Reading, node: Node, entries: Entries, path: string): void {
  const fields = fieldsOf(reading.source, node, entries, path);
  for (const [name, value] of fields) {
    const entry = entries[name];
    const below = path === "" ? name : `${path}.${name}`;
    if (entry?.is === "section") readSection(reading, value, entry.keys, below);
    else if (entry?.is === "list") reading.give(below, value, readList(reading.source, value, entry, below));
    else if (entry !== undefined) reading.give(below, value, readKey(reading.source, value, entry, below));
  }
}

/** The fields of a section that the table has; the others are errors. */
function fieldsOf(source: Source, node: Node, entries: Entries, path: string): Fields {
  const known = Object.keys(entries);
  if (isEmpty(node)) return new Map();
  if (!isMap(node)) {
    const owner = path === "" ? "the configuration" : path;
    source.error(node, `${owner} is ${describeNode(node)}: give a mapping with the keys ${known.join(", ")}`);
    return new Map();
  }
  reportUnknown(source, node, known, path);
  return source.fields(node);
}

function reportUnknown(source: Source, map: YAMLMap, known: readonly string[], path: string): void {
  const owner = path === "" ? "the configuration" : path;
  for (const { key } of map.items) {
    if (!isScalar(key) || known.includes(String(key.value))) continue;
    const name = String(key.value);
    source.error(
      key,
      `the key ${quote(name)} is not known${didYouMean(name, known)}: ${owner} has the keys ${known.join(", ")}`,
    );
  }
}

function readKey(source: Source, node: Node, key: Key<unknown>, path: string): unknown {
  if (isEmpty(node) && key.default === undefined && !key.isRequired) return undefined;
  if (!isScalar(node) || node.value === null) {
    source.error(node, `${path} is ${describeNode(node)}: give ${key.accepts}`);
    return undefined;
  }
  const read = key.read(typeof node.value === "string" ? node.value : (node.source ?? String(node.value)));
  if ("value" in read) return read.value;
  source.error(node, `${path}: ${read.error}`);
  return undefined;
}

function readList(source: Source, node: Node, list: List, path: string): unknown[] {
  if (!isSeq(node)) {
    source.error(node, `${path} is ${describeNode(node)}: give a list`);
    return [];
  }
  return source.elements(node).map((element, index) => readEntry(source, element, list, `${path}[${index}]`));
}

function readEntry(source: Source, node: Node, list: List, path: string): unknown {
  const short = list.keys[list.shorthand];
  if (isScalar(node) && node.value !== null && short?.is === "key") {
    return entryOf(list, new Map([[list.shorthand, readKey(source, node, short, path)]]));
  }
  const inside = new Reading(source, new Map());
  readSection(inside, node, list.keys, "");
  for (const { path: missing, entry } of rowsOf(list.keys)) {
    if (entry.is === "key" && entry.isRequired && !inside.found.has(missing)) {
      source.error(node, `${path} has no ${missing}: give ${entry.accepts}`);
    }
  }
  return entryOf(list, new Map([...inside.found].map(([name, { value }]) => [name, value])));
}

/** An entry of a list from the values that were given, by path; the others have their defaults. */
export function entryOf(list: List, given: ReadonlyMap<string, unknown>): object {
  return nested(rowsOf(list.keys).map(({ path, entry }) => [path, given.has(path) ? given.get(path) : entry.default]));
}

/** `a.b` and its value as `{ a: { b: value } }`. */
export function nested(values: Iterable<readonly [path: string, value: unknown]>): object {
  const top: Record<string, unknown> = {};
  for (const [path, value] of values) {
    const names = path.split(".");
    const last = names.pop() as string;
    let level = top;
    for (const name of names) {
      level[name] ??= {};
      level = level[name] as Record<string, unknown>;
    }
    level[last] = value;
  }
  return top;
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null;
}
