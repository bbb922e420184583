import { isMap, isScalar, isSeq, type Node } from "yaml";
import { quote } from "../filter/quote.js";
import { ManifestFunction } from "../gen/ipftrace/v1/manifest.js";
import { findSkbPosition } from "./c-declaration.js";
import { functionNameRule, isFunctionName, maxSkbPosition } from "./function-name.js";
import { describeNode, type Fields, type Source } from "./source.js";

/** One function as the file lists it. */
export interface Entry {
  readonly listed: ManifestFunction;
  /** Where. */
  readonly at: Node;
}

const entryKeys = ["name", "skb_pos", "egress", "args"];
const entryForm = "the name of a function, or a mapping with the keys name, skb_pos and egress";

/** Reads one entry of a list of functions. Undefined when it has no usable name, which is reported. */
export function readEntry(source: Source, node: Node): Entry | undefined {
  if (isScalar(node) && typeof node.value === "string") {
    const name = checkName(source, node, node.value);
    return name === undefined ? undefined : { listed: ManifestFunction.create({ name }), at: node };
  }
  if (isMap(node)) return readMapping(source, node, source.knownFields(node, entryKeys, "a function"));
  source.error(node, `this entry is ${describeNode(node)}: give ${entryForm}`);
  return undefined;
}

function readMapping(source: Source, node: Node, fields: Fields): Entry | undefined {
  if (!fields.has("name")) source.error(node, `this entry has no name: give ${entryForm}`);
  const text = source.text(fields, "name");
  const name = text === undefined ? undefined : checkName(source, fields.get("name") ?? node, text);
  const owner = name ?? "this function";
  const skbPosition = readPosition(source, fields, owner);
  const egress = readEgress(source, fields, owner);
  return name === undefined ? undefined : { listed: { name, skbPosition, egress }, at: node };
}

function checkName(source: Source, at: Node, name: string): string | undefined {
  if (isFunctionName(name)) return name;
  source.error(at, `${quote(name)} cannot be the name of a kernel function: use ${functionNameRule}`);
  return undefined;
}

function readPosition(source: Source, fields: Fields, owner: string): number {
  const node = fields.get("skb_pos");
  if (node === undefined) return readArguments(source, fields, owner);
  const position = isScalar(node) && typeof node.value === "number" ? node.value : 0;
  if (Number.isInteger(position) && position >= 1 && position <= maxSkbPosition) return position;
  source.error(
    node,
    `skb_pos of ${owner} is ${describeNode(node)}: give the position of its struct sk_buff * argument, 1-${maxSkbPosition}, or leave skb_pos out`,
  );
  return 0;
}

/** The oldest form of a manifest gives the function's arguments in C instead of a position. */
function readArguments(source: Source, fields: Fields, owner: string): number {
  const node = fields.get("args");
  if (node === undefined) return 0;
  const declarations = isSeq(node) ? source.elements(node).map(textOf) : [];
  if (!isSeq(node) || declarations.includes(undefined)) {
    source.error(node, `args of ${owner} must be a list of C declarations, for example ["struct sk_buff *skb"]`);
    return 0;
  }
  const position = findSkbPosition(declarations.filter((text) => text !== undefined));
  if (position >= 1 && position <= maxSkbPosition) return position;
  source.error(node, `args of ${owner} have no struct sk_buff * among the first ${maxSkbPosition}`);
  return 0;
}

function textOf(node: Node): string | undefined {
  return isScalar(node) && typeof node.value === "string" ? node.value : undefined;
}

function readEgress(source: Source, fields: Fields, owner: string): boolean {
  const node = fields.get("egress");
  if (node === undefined) return false;
  if (isScalar(node) && typeof node.value === "boolean") return node.value;
  source.error(node, `egress of ${owner} is ${describeNode(node)}: give true or false`);
  return false;
}
