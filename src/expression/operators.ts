/** What C's operators make of their operands: promotions, common types, pointer arithmetic. */
import type { TypeTable } from "../btf/type-table.js";
import {
  commonType,
  describeType,
  type IntegerType,
  int,
  long,
  type PointerType,
  promote,
  type ScalarType,
  sizeOf,
  typeAt,
  unsignedLong,
  wrap,
} from "./c-type.js";
import { Fault, type Span } from "./fault.js";
import type { BinaryOperator } from "./syntax.js";
import type { Arithmetic, Comparison, Value } from "./typed.js";

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** A value in another type; a constant is converted at once. */
export function convert(of: Value, type: ScalarType): Value {
  if (of.op === "constant")
    return { op: "constant", value: wrap(of.value, type.kind === "integer" ? type : unsignedLong), type };
  if (type.kind === "pointer" && of.type.kind === "pointer") return { ...of, type } as Value;
  return { op: "convert", of, type };
}

/** An operand as C promotes it; undefined for a pointer. */
function promoted(of: Value): { value: Value; type: IntegerType } | undefined {
  if (of.type.kind !== "integer") return undefined;
  const type = promote(of.type, of.op === "load" ? of.bits?.width : undefined);
  return { value: convert(of, type), type };
}

/** `operator of` for "-" and "~". @throws Fault for a pointer */
export function signed(operator: "-" | "~", of: Value, span: Span): Value {
  const operand = promoted(of);
  if (operand === undefined) throw new Fault(span, `"${operator}" takes a number, and this is a pointer`);
  const { value, type } = operand;
  if (value.op === "constant") {
    return { op: "constant", value: wrap(operator === "-" ? -value.value : ~value.value, type), type };
  }
  return { op: operator === "-" ? "negate" : "complement", of: value, type };
}

/** `left operator right`. @throws Fault for operands that C has no meaning for */
export function binary(table: TypeTable, operator: BinaryOperator, left: Value, right: Value, span: Span): Value {
  if (operator === "&&" || operator === "||") return { op: "logic", operator, left, right, type: int };
  if (COMPARISONS.has(operator)) return compare(operator as Comparison, left, right);
  return arithmetic(table, operator as Arithmetic, left, right, span);
}

/** A pointer is compared as a number without a sign. */
function compare(operator: Comparison, left: Value, right: Value): Value {
  const [a, b] = [promoted(left), promoted(right)];
  const type = a === undefined || b === undefined ? unsignedLong : commonType(a.type, b.type);
  const [from, to] = [convert(a?.value ?? left, type), convert(b?.value ?? right, type)];
  return { op: "compare", operator, left: from, right: to, isSigned: type.isSigned, type: int };
}

function arithmetic(table: TypeTable, operator: Arithmetic, left: Value, right: Value, span: Span): Value {
  const [a, b] = [promoted(left), promoted(right)];
  if (a === undefined || b === undefined) return onPointer(table, operator, left, right, span);
  if (operator === "<<" || operator === ">>") return shift(operator, a, b.value, span);
  const type = commonType(a.type, b.type);
  if ((operator === "/" || operator === "%") && b.value.op === "constant" && b.value.value === 0n) {
    throw new Fault(span, `this divides by 0`);
  }
  return { op: "arithmetic", operator, left: convert(a.value, type), right: convert(b.value, type), type };
}

function shift(operator: "<<" | ">>", of: { value: Value; type: IntegerType }, by: Value, span: Span): Value {
  const { value: left, type } = of;
  const bits = BigInt(type.bytes * 8);
  if (by.op === "constant" && (by.value < 0n || by.value >= bits)) {
    throw new Fault(span, `this shifts ${bits} bits by ${by.value}: give 0-${bits - 1n}`);
  }
  return { op: "arithmetic", operator, left, right: by, type };
}

/** Pointer + integer, integer + pointer, pointer - integer, pointer - pointer: in elements, as in C. */
function onPointer(table: TypeTable, operator: Arithmetic, left: Value, right: Value, span: Span): Value {
  const [from, to] = [left.type, right.type];
  if (from.kind === "pointer" && to.kind === "pointer" && operator === "-") {
    const size: Value = { op: "constant", value: BigInt(stepOf(table, from, span)), type: long };
    const bytes: Value = {
      op: "arithmetic",
      operator,
      left: convert(left, long),
      right: convert(right, long),
      type: long,
    };
    return { op: "arithmetic", operator: "/", left: bytes, right: size, type: long };
  }
  if (from.kind === "pointer" && to.kind === "integer" && (operator === "+" || operator === "-")) {
    return { op: "arithmetic", operator, left, right: distance(table, from, right, span), type: from };
  }
  if (to.kind === "pointer" && from.kind === "integer" && operator === "+") {
    return { op: "arithmetic", operator, left: right, right: distance(table, to, left, span), type: to };
  }
  const types = `${describeType(table, from)} and ${describeType(table, to)}`;
  throw new Fault(
    span,
    `"${operator}" cannot be used on ${types}: cast a pointer to (unsigned long) to compute with it`,
  );
}

function distance(table: TypeTable, pointer: PointerType, count: Value, span: Span): Value {
  const wide = convert(count, long);
  const step = stepOf(table, pointer, span);
  if (step === 1) return wide;
  const size: Value = { op: "constant", value: BigInt(step), type: long };
  return { op: "arithmetic", operator: "*", left: wide, right: size, type: long };
}

/** Bytes from one element to the next; as for the kernel's compiler, 1 for void. */
function stepOf(table: TypeTable, { to }: PointerType, span: Span): number {
  const size = to.id === 0 ? 1 : sizeOf(table, typeAt(table, to));
  if (size === 0) throw new Fault(span, "this points to something of unknown size");
  return size;
}

/** The type of `condition ? then : no`. @throws Fault where the two have none in common */
export function choice(table: TypeTable, condition: Value, yes: Value, no: Value, span: Span): Value {
  const [a, b] = [promoted(yes), promoted(no)];
  if (a !== undefined && b !== undefined) {
    const type = commonType(a.type, b.type);
    return { op: "choice", condition, yes: convert(a.value, type), no: convert(b.value, type), type };
  }
  const type = yes.type.kind === "pointer" ? yes.type : no.type;
  const numbers = [yes, no].filter((one) => one.type.kind === "integer");
  if (numbers.some((one) => one.op !== "constant" || one.value !== 0n)) {
    const types = `${describeType(table, yes.type)} and ${describeType(table, no.type)}`;
    throw new Fault(span, `both results of "?" must be numbers, or both pointers; these are ${types}`);
  }
  return { op: "choice", condition, yes: convert(yes, type), no: convert(no, type), type };
}
