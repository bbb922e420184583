import { isAlias, isMap, isScalar, isSeq, type Node, Scalar, type YAMLError, type YAMLMap } from "yaml";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import type { Problems } from "./problems.js";
import { readYaml, type YamlDocument } from "./yaml-document.js";

/** Most aliases ("*name") that are followed in one file: nested ones can make a small file a huge manifest. */
const maxAliases = 100;

/** Most nodes that are read: more than a file of the largest size holds, unless aliases repeat them. */
const maxNodes = 1_000_000;

/** The keys of a mapping with their values; a key without a value has an empty scalar at its own place. */
export type Fields = ReadonlyMap<string, Node>;

/**
 * The nodes of one file, and what is wrong with them; `what` is what the file should hold. Throws
 * INVALID_INPUT for a text that is not YAML.
 */
export class Source {
  readonly problems: Problems;
  /** The outermost node; undefined when the file is empty. */
  readonly root: Node | undefined;
  readonly #document: YamlDocument | undefined;
  readonly #what: string;
  #aliases = 0;
  #nodes = 0;

  constructor(text: string, problems: Problems, what = "manifest") {
    this.#what = what;
    this.problems = problems;
    this.#document = this.#open(text);
    const contents = this.#document?.contents;
    this.root = contents == null ? undefined : this.#follow(contents);
  }

  /** Reports an error at a node. */
  error(at: Node, what: string): void {
    this.problems.error(offsetOf(at), what);
  }

  /** Reports a warning at a node. */
  warn(at: Node, what: string): void {
    this.problems.warn(offsetOf(at), what);
  }

  /** The elements of a list. */
  elements(list: { readonly items: readonly unknown[] }): Node[] {
    return list.items.map((item) => this.#follow(item as Node));
  }

  /** The fields of a mapping whose keys are free to choose. Reports keys that are given twice. */
  fields(map: YAMLMap): Fields {
    const fields = new Map<string, Node>();
    for (const { key, value } of map.items) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      if (fields.has(name)) this.error(key, `the key ${quote(name)} is given twice: leave one of them out`);
      else fields.set(name, value == null ? emptyAt(key) : this.#follow(value as Node));
    }
    return fields;
  }

  /** The fields of a mapping that may have the given keys. Reports others as a warning. */
  knownFields(map: YAMLMap, known: readonly string[], owner: string): Fields {
    for (const { key } of map.items) {
      if (!isScalar(key) || known.includes(String(key.value))) continue;
      const name = String(key.value);
      this.warn(
        key,
        `the key ${quote(name)} is ignored${didYouMean(name, known)}: ${owner} has the keys ${known.join(", ")}`,
      );
    }
    return this.fields(map);
  }

  /** The text of an optional field; undefined when it is absent or, which is reported, not a text. */
  text(fields: Fields, key: string): string | undefined {
    const node = fields.get(key);
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === "string" && node.value.trim() !== "") return node.value.trim();
    this.error(node, `${key} is ${describeNode(node)}: give a text`);
    return undefined;
  }

  #open(text: string): YamlDocument | undefined {
    const documents = readYaml(text, this.problems.lines);
    if ("tooDeepAt" in documents)
      this.problems.fail(documents.tooDeepAt, `is nested deeper than a ${this.#what} can be`);
    const [document, second] = documents;
    for (const error of document?.errors ?? []) this.problems.error(error.pos[0], `is not YAML: ${yamlFault(error)}`);
    for (const { pos, message } of document?.warnings ?? []) this.problems.warn(pos[0], message);
    if (second !== undefined) {
      this.problems.error(second.range[0], `another YAML document begins here: a ${this.#what} is one document`);
    }
    this.problems.throwErrors();
    return document;
  }

  #follow(node: Node): Node {
    this.#nodes++;
    if (this.#nodes > maxNodes) this.problems.fail(offsetOf(node), "is too much with all aliases followed");
    if (!isAlias(node)) return node;
    this.#aliases++;
    if (this.#aliases > maxAliases) {
      this.problems.fail(offsetOf(node), `there are more than ${maxAliases} aliases: write them out`);
    }
    const target = this.#document === undefined ? undefined : node.resolve(this.#document);
    return target ?? this.problems.fail(offsetOf(node), `there is no anchor &${node.source} before this alias`);
  }
}

function yamlFault({ code, message }: YAMLError): string {
  return code === "NON_STRING_KEY" ? "keys must be texts" : message;
}

function emptyAt(node: Node): Scalar {
  const empty = new Scalar(null);
  empty.range = node.range ?? null;
  return empty;
}

/** Where a node begins, in characters from the start of the file. */
export function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** What a node is, for messages: `the text "x"`, `the number 6`, "a list". */
export function describeNode(node: Node): string {
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null) return "empty";
  if (typeof node.value === "string") return `the text ${quote(node.value)}`;
  return typeof node.value === "number" ? `the number ${node.source ?? node.value}` : String(node.value);
}
