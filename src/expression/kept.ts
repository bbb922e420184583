/**
 * Chooses the pointers of several expressions that are worth computing once: accessors use the
 * same header many times over, and the fields of a module the same struct.
 *
 * Only what memory is read behind is kept: there a pointer that is absent and one that is NULL
 * mean the same.
 */
import { MAX_KEPT } from "./frame.js";
import type { Value } from "./typed.js";

interface Candidate {
  readonly value: Value;
  readonly nodes: number;
  uses: number;
}

/** The pointers by their {@link keyOf}, those that others need first. */
export function choosePointers(values: readonly Value[]): Map<string, Value> {
  const candidates = new Map<string, Candidate>();
  for (const value of values) collect(value, candidates);
  const chosen = [...candidates]
    .filter(([, { uses }]) => uses > 1)
    .sort(([, a], [, b]) => (b.uses - 1) * b.nodes - (a.uses - 1) * a.nodes)
    .slice(0, MAX_KEPT)
    .sort(([, a], [, b]) => a.nodes - b.nodes);
  return new Map(chosen.map(([key, { value }]) => [key, value]));
}

function collect(value: Value, candidates: Map<string, Candidate>): number {
  let nodes = 1;
  for (const operand of operandsOf(value)) nodes += collect(operand, candidates);
  if (value.op === "load" && value.base.op !== "packet" && value.base.op !== "constant") {
    const key = keyOf(value.base);
    const known = candidates.get(key);
    if (known !== undefined) known.uses++;
    else candidates.set(key, { value: value.base, nodes: nodes - 1, uses: 1 });
  }
  return nodes;
}

/** The values that a value is made of. */
function operandsOf(value: Value): readonly Value[] {
  switch (value.op) {
    case "constant":
    case "packet":
      return [];
    case "load":
    case "address":
      return [value.base];
    case "sameText":
      return [value.address];
    case "arithmetic":
    case "compare":
    case "logic":
      return [value.left, value.right];
    case "choice":
      return [value.condition, value.yes, value.no];
    default:
      return [value.of];
  }
}

const keys = new WeakMap<Value, string>();

/** A text that two values share only when they are computed alike. */
export function keyOf(value: Value): string {
  const known = keys.get(value);
  if (known !== undefined) return known;
  const key = `${value.op}(${ownPart(value)};${operandsOf(value).map(keyOf).join(",")})`;
  keys.set(value, key);
  return key;
}

function ownPart(value: Value): string {
  const type = value.type.kind === "integer" ? `${value.type.bytes}${value.type.isSigned}${value.type.isBool}` : "";
  switch (value.op) {
    case "constant":
      return `${value.value}`;
    case "load":
      return `${value.offset} ${type} ${value.bits === undefined ? "" : Object.values(value.bits).join()}`;
    case "address":
      return `${value.offset}`;
    case "bounded":
      return `${value.count}`;
    case "swap":
      return `${value.bits}`;
    case "arithmetic":
    case "logic":
      return `${value.operator} ${type}`;
    case "compare":
      return `${value.operator} ${value.isSigned}`;
    case "sameText":
      return value.bytes.toString("hex");
    default:
      return type;
  }
}
