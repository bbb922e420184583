/** From what a field reads to how it is stored, shown and named. */
import type { TypeTable } from "../btf/type-table.js";
import { enumerators } from "../btf/types.js";
import { type CType, describeType, type IntegerType, isText, sizeOf, typeAt, wrap } from "../expression/c-type.js";
import type { Source } from "../expression/collect.js";
import { Fault, type Span } from "../expression/fault.js";
import { memberNames } from "../expression/members.js";
import type { Typed, Value } from "../expression/typed.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import { CustomKind, type CustomName, type ModuleField } from "../gen/ipftrace/v1/custom.js";
import { flagNames } from "./flag-names.js";
import { kindWord } from "./kinds.js";

/** A field of which this kernel has what it reads. */
export interface ReadField {
  readonly kind: CustomKind;
  readonly source: Source;
  readonly names: readonly CustomName[];
}

/** Bytes of a text behind a char *, of which nobody knows the length. */
const POINTER_TEXT_BYTES = 32;
/** Names of one field: more than any enum of the kernel that a packet has. */
const MAX_NAMES = 512;
/** Structs that hold an address and nothing else. */
export const ADDRESS_STRUCTS: ReadonlySet<string> = new Set(["struct in_addr", "struct in6_addr"]);
/** Bytes that a kind asks for. */
const LENGTHS: ReadonlyMap<CustomKind, readonly number[]> = new Map([
  [CustomKind.CUSTOM_KIND_IP, [4, 16]],
  [CustomKind.CUSTOM_KIND_MAC, [6]],
]);
const ON_MEMORY: ReadonlySet<CustomKind> = new Set([
  CustomKind.CUSTOM_KIND_STRING,
  CustomKind.CUSTOM_KIND_BYTES,
  CustomKind.CUSTOM_KIND_IP,
  CustomKind.CUSTOM_KIND_MAC,
]);

/** @throws Fault where the field cannot be shown so */
export function readField(table: TypeTable, field: ModuleField, typed: Typed, span: Span): ReadField {
  const kind = field.kind === CustomKind.CUSTOM_KIND_UNSPECIFIED ? kindOf(table, field, typed, span) : field.kind;
  if (ON_MEMORY.has(kind)) return { kind, source: memoryOf(table, kind, typed, span), names: [] };
  const value = numberOf(table, kind, typed, span);
  const isNamed = kind === CustomKind.CUSTOM_KIND_ENUM || kind === CustomKind.CUSTOM_KIND_FLAGS;
  const allNames = isNamed ? namesOf(table, field, value.type, span) : [];
  const names = kind === CustomKind.CUSTOM_KIND_FLAGS ? flagNames(allNames) : allNames;
  const isBigEndian = kind === CustomKind.CUSTOM_KIND_BIG_ENDIAN;
  const source = { form: "number", value: inHostOrder(value, isBigEndian, span), bytes: value.type.bytes } as const;
  return { kind: isBigEndian ? CustomKind.CUSTOM_KIND_UNSIGNED : kind, source, names };
}

/** The kind that follows from the type. */
function kindOf(table: TypeTable, { namesFrom }: ModuleField, typed: Typed, span: Span): CustomKind {
  const { type } = typed;
  if (type.kind === "integer") {
    if (namesFrom !== "") return namesFrom.endsWith("*") ? CustomKind.CUSTOM_KIND_FLAGS : CustomKind.CUSTOM_KIND_ENUM;
    return kindOfInteger(typed, type);
  }
  if (isText(table, type)) return CustomKind.CUSTOM_KIND_STRING;
  if (ADDRESS_STRUCTS.has(describeType(table, type))) return CustomKind.CUSTOM_KIND_IP;
  const element = type.kind === "array" ? typeAt(table, type.element) : undefined;
  if (element?.kind === "integer" && element.bytes === 1) return CustomKind.CUSTOM_KIND_BYTES;
  throw new Fault(span, whyNoValue(table, type));
}

function kindOfInteger({ op }: Typed, type: IntegerType): CustomKind {
  const isTruth = op === "compare" || op === "sameText" || op === "logic" || op === "not";
  if (type.isBool || isTruth) return CustomKind.CUSTOM_KIND_BOOL;
  if (type.enumeration !== undefined) return CustomKind.CUSTOM_KIND_ENUM;
  return type.isSigned ? CustomKind.CUSTOM_KIND_SIGNED : CustomKind.CUSTOM_KIND_UNSIGNED;
}

function whyNoValue(table: TypeTable, type: CType): string {
  const what = describeType(table, type);
  if (type.kind === "pointer")
    return `this is an address in the kernel (${what}): read what it points to, as in ->member`;
  if (type.kind === "array") return `this is an array (${what}): give an index, as in [0], or the kind bytes`;
  const example = type.kind === "record" ? memberNames(table, type.ref)[0] : undefined;
  return `this is ${what}, no value: name one of its members${example === undefined ? "" : `, as in .${example}`}`;
}

function numberOf(
  table: TypeTable,
  kind: CustomKind,
  typed: Typed,
  span: Span,
): Value & { readonly type: IntegerType } {
  if (typed.op !== "place" && typed.type.kind === "integer") return typed as Value & { readonly type: IntegerType };
  throw new Fault(span, `the kind ${kindWord(kind)} needs a number, and this is ${describeType(table, typed.type)}`);
}

/** Numbers that lie in network order are exchanged, where nobody has done so already. */
function inHostOrder(value: Value & { readonly type: IntegerType }, isAsked: boolean, span: Span): Value {
  const isDeclared = value.op === "load" && value.type.isNetworkOrder === true && value.bits === undefined;
  if (!isAsked && !isDeclared) return value;
  const { bytes } = value.type;
  if (bytes === 1) throw new Fault(span, "the kind big-endian needs a number of 2, 4 or 8 bytes, and this has one");
  return {
    op: "swap",
    of: value,
    bits: bytes === 2 ? 16 : bytes === 4 ? 32 : 64,
    type: { ...value.type, isSigned: false },
  };
}

function memoryOf(table: TypeTable, kind: CustomKind, typed: Typed, span: Span): Source {
  const bytes = sizeOf(table, typed.type);
  const lengths = LENGTHS.get(kind);
  const isPointer = typed.type.kind === "pointer";
  if (kind === CustomKind.CUSTOM_KIND_STRING) return textOf(table, typed, span);
  // Drivers keep the address of a device behind a pointer (net_device.dev_addr).
  if (kind === CustomKind.CUSTOM_KIND_MAC && isPointer)
    return { form: "memory", base: typed as Value, offset: 0, bytes: 6 };
  if (isPointer) throw new Fault(span, whyNoValue(table, typed.type));
  if (lengths !== undefined && !lengths.includes(bytes)) {
    const what = `${bytes} bytes (${describeType(table, typed.type)})`;
    throw new Fault(span, `the kind ${kindWord(kind)} needs ${lengths.join(" or ")} bytes, and this has ${what}`);
  }
  if (bytes === 0) throw new Fault(span, `${describeType(table, typed.type)} has no size: give an index, as in [0]`);
  if (typed.op === "place" || (typed.op === "load" && typed.bits === undefined)) {
    return { form: "memory", base: typed.base, offset: typed.offset, bytes };
  }
  return { form: "number", value: typed, bytes: bytes as 1 | 2 | 4 | 8 };
}

function textOf(table: TypeTable, typed: Typed, span: Span): Source {
  const { type } = typed;
  if (typed.op === "place" && type.kind === "array" && type.count > 0 && sizeOf(table, type) === type.count) {
    return { form: "memory", base: typed.base, offset: typed.offset, bytes: type.count };
  }
  if (typed.op === "place" && type.kind === "array" && isText(table, type)) {
    return { form: "text", base: typed.base, offset: typed.offset, bytes: POINTER_TEXT_BYTES };
  }
  const to = type.kind === "pointer" && type.to.id !== 0 ? typeAt(table, type.to) : undefined;
  if (typed.op !== "place" && to?.kind === "integer" && to.bytes === 1) {
    return { form: "text", base: typed, offset: 0, bytes: POINTER_TEXT_BYTES };
  }
  throw new Fault(
    span,
    `the kind string needs an array of characters or a pointer to them, and this is ${describeType(table, type)}`,
  );
}

function namesOf(table: TypeTable, { namesFrom }: ModuleField, type: IntegerType, span: Span): CustomName[] {
  const names = namesFrom === "" ? ownNames(type) : givenNames(table, namesFrom, span);
  if (names.length === 0)
    throw new Fault(span, `the type ${type.name} has no names: say in names_from which enum has them`);
  if (names.length > MAX_NAMES) {
    throw new Fault(span, `names_from ${quote(namesFrom)} stands for ${names.length} names: ${MAX_NAMES} are the most`);
  }
  // As the number that is sent: without a sign, in the field's own width.
  return names.map(([name, value]) => ({ name, value: wrap(value, { bytes: type.bytes, isSigned: false }) }));
}

function ownNames({ enumeration }: IntegerType): [string, bigint][] {
  return enumeration === undefined ? [] : enumerators(enumeration.btf, enumeration.id);
}

function givenNames(table: TypeTable, from: string, span: Span): [string, bigint][] {
  if (from.endsWith("*")) {
    const found = table.enumeratorsLike(from.slice(0, -1));
    if (found.length === 0) throw new Fault(span, `this kernel has no constant like names_from ${quote(from)}`, true);
    return found.map(({ name, value }) => [name, value]);
  }
  const type = table.enumeration(from);
  if (type !== undefined) return enumerators(type.btf, type.id);
  const hint = didYouMean(from, table.enumNames());
  throw new Fault(
    span,
    `this kernel has no enum ${quote(from)}${hint} for names_from; for names that begin alike, end it with "*"`,
    true,
  );
}
