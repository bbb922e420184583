/** From a struct, union, array or pointer to what lies in it. */
import type { TypeTable } from "../btf/type-table.js";
import { type Member, membersOf, type TypeRef } from "../btf/types.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import { type CType, describeType, long, type RecordType, sizeOf, typeAt, wrap } from "./c-type.js";
import { Fault, type Span } from "./fault.js";
import type { Bits, Place, Typed, Value } from "./typed.js";

/** What lies at an address: a value that is to be loaded, or a place with more in it. */
function at(table: TypeTable, base: Value, offset: number, ref: TypeRef): Typed {
  const type = typeAt(table, ref);
  const isScalar = type.kind === "integer" || type.kind === "pointer";
  return isScalar ? { op: "load", base, offset, type } : { op: "place", base, offset, type };
}

/** `of.name` or `of->name`. @throws Fault */
export function member(table: TypeTable, of: Typed, name: string, arrow: boolean, span: Span): Typed {
  const { record, base, offset } = recordOf(table, of, arrow, span);
  const found = find(table, record.ref, name, 0);
  if (found === undefined) throw noMember(table, record, name, span);
  const inner = at(table, base, offset + Math.floor(found.bitOffset / 8), { btf: found.btf, id: found.type });
  if (found.bitSize === 0 || inner.op !== "load" || inner.type.kind !== "integer") return inner;
  return { ...inner, ...bitField(offset * 8 + found.bitOffset, found.bitSize), base: inner.base };
}

/** The bytes that hold a bit-field, from the byte in which it begins. */
function bitField(bitOffset: number, width: number): { offset: number; bits: Bits } {
  const shift = bitOffset % 8;
  const needed = Math.ceil((shift + width) / 8);
  const bytes = needed === 1 || needed === 2 ? needed : needed <= 4 ? 4 : 8;
  return { offset: (bitOffset - shift) / 8, bits: { bytes, shift, width } };
}

function recordOf(
  table: TypeTable,
  of: Typed,
  arrow: boolean,
  span: Span,
): { record: RecordType; base: Value; offset: number } {
  const { type } = of;
  if (type.kind === "pointer") {
    const to = type.to.id === 0 ? undefined : typeAt(table, type.to);
    if (to?.kind === "record" && of.op !== "place") {
      if (!arrow) throw new Fault(span, `this is a pointer (${describeType(table, type)}): write "->" instead of "."`);
      return { record: to, base: of, offset: 0 };
    }
    throw noRecord(table, to ?? type, describeType(table, type), span);
  }
  if (of.op !== "place" || type.kind !== "record") throw noRecord(table, type, describeType(table, type), span);
  if (arrow) throw new Fault(span, `this is ${describeType(table, type)}, no pointer: write "." instead of "->"`);
  return { record: type, base: of.base, offset: of.offset };
}

function noRecord(table: TypeTable, type: CType, what: string, span: Span): Fault {
  if (type.kind === "other" && type.name.startsWith("struct ")) {
    const message = `the kernel and its loaded modules do not describe ${type.name}: load the kernel module that has it`;
    return new Fault(span, message, true);
  }
  if (type.kind === "array") {
    return new Fault(span, `this is an array (${describeType(table, type)}): give an index, as in [0]`);
  }
  const message = `this is of type ${what}, which has no members; a cast such as (struct tcphdr *) gives it some`;
  return new Fault(span, message);
}

/** A member that may lie in anonymous structs and unions; its offset is from the outermost start. */
function find(table: TypeTable, { btf, id }: TypeRef, name: string, bitOffset: number): (Member & TypeRef) | undefined {
  for (const one of membersOf(btf, id)) {
    const here = bitOffset + one.bitOffset;
    if (one.name === name) return { ...one, bitOffset: here, btf, id };
    if (one.name !== "") continue;
    const inner = typeAt(table, { btf, id: one.type });
    const found = inner.kind === "record" ? find(table, inner.ref, name, here) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function noMember(table: TypeTable, record: RecordType, name: string, span: Span): Fault {
  const names = memberNames(table, record.ref);
  const owner = describeType(table, record);
  return new Fault(span, `${owner} has no member ${quote(name)}${didYouMean(name, names)}`, true);
}

/** Names of all members, those of anonymous structs and unions included. */
export function memberNames(table: TypeTable, { btf, id }: TypeRef): string[] {
  return membersOf(btf, id).flatMap(({ name, type }) => {
    if (name !== "") return [name];
    const inner = typeAt(table, { btf, id: type });
    return inner.kind === "record" ? memberNames(table, inner.ref) : [];
  });
}

/** `of[index]` of an array, or of what a pointer points to. @throws Fault */
export function element(table: TypeTable, of: Typed, index: Value, span: Span): Typed {
  const { type } = of;
  if (type.kind !== "array" && type.kind !== "pointer") {
    throw new Fault(
      span,
      `this is of type ${describeType(table, type)}, which has no elements: [ ] follows an array or a pointer`,
    );
  }
  const ref = type.kind === "array" ? type.element : type.to;
  const size = ref.id === 0 ? 0 : sizeOf(table, typeAt(table, ref));
  if (size === 0) throw new Fault(span, `${describeType(table, type)} has elements of unknown size`);
  const base = of.op === "place" ? of.base : of;
  const offset = of.op === "place" ? of.offset : 0;
  const count = type.kind === "array" ? type.count : 0;
  if (index.op === "constant") return at(table, base, offset + constantIndex(index.value, count, size, span), ref);
  const wide = { op: "convert", of: index, type: long } as const;
  const checked: Value = count > 0 ? { op: "bounded", of: wide, count, type: long } : wide;
  const step: Value = { op: "constant", value: BigInt(size), type: long };
  const distance: Value = { op: "arithmetic", operator: "*", left: checked, right: step, type: long };
  const pointer = { kind: "pointer", to: ref } as const;
  const start: Value = { op: "address", base, offset, type: pointer };
  return at(table, { op: "arithmetic", operator: "+", left: start, right: distance, type: pointer }, 0, ref);
}

function constantIndex(value: bigint, count: number, size: number, span: Span): number {
  const index = wrap(value, long);
  if (count > 0 && (index < 0n || index >= BigInt(count))) {
    throw new Fault(span, `the index ${index} is outside of the array: it has the elements 0-${count - 1}`);
  }
  if (index < -0xffffn || index > 0xffffn) throw new Fault(span, `the index ${index} is too far away: give 0-65535`);
  return Number(index) * size;
}

/** An array as the address of its first element, as C takes it; any other value as it is. */
export function decay(of: Place): Value | undefined {
  if (of.type.kind !== "array") return undefined;
  return { op: "address", base: of.base, offset: of.offset, type: { kind: "pointer", to: of.type.element } };
}
