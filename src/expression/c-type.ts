/** C's types, as far as expressions need them. Sizes are those of the 64-bit kernels that we trace (LP64). */
import { Kind } from "../btf/btf.js";
import type { TypeTable } from "../btf/type-table.js";
import { arrayParts, integerEncoding, type TypeRef } from "../btf/types.js";

/** An integer, a bool or an enum. */
export interface IntegerType {
  readonly kind: "integer";
  readonly bytes: 1 | 2 | 4 | 8;
  readonly isSigned: boolean;
  readonly isBool: boolean;
  /** Its name in C. */
  readonly name: string;
  /** Where the names of an enum's values are. */
  readonly enumeration?: TypeRef;
  /** Declared as __be16, __be32 or __be64: its bytes are in network order. */
  readonly isNetworkOrder?: boolean;
}

/** A pointer; to id 0: to void. */
export interface PointerType {
  readonly kind: "pointer";
  readonly to: TypeRef;
}

/** A struct or union. */
export interface RecordType {
  readonly kind: "record";
  readonly ref: TypeRef;
}

/** An array; 0 elements: it has as many as there are. */
export interface ArrayType {
  readonly kind: "array";
  readonly element: TypeRef;
  readonly count: number;
}

/** A type that nothing can be done with: void, a function, a struct of which only the name is known. */
export interface OtherType {
  readonly kind: "other";
  readonly name: string;
}

/** What a value can have. */
export type ScalarType = IntegerType | PointerType;
/** Any type. */
export type CType = ScalarType | RecordType | ArrayType | OtherType;

const NETWORK_ORDER = /^__be(16|32|64)$/;

function integer(name: string, bytes: IntegerType["bytes"], isSigned: boolean): IntegerType {
  return { kind: "integer", name, bytes, isSigned, isBool: false };
}

/** C's own integers. */
export const unsignedShort = integer("unsigned short", 2, false);
export const int = integer("int", 4, true);
export const unsignedInt = integer("unsigned int", 4, false);
export const long = integer("long", 8, true);
export const unsignedLong = integer("unsigned long", 8, false);

/** The type that BTF describes. */
export function typeAt(table: TypeTable, ref: TypeRef): CType {
  const bare = table.resolve(ref);
  const { btf, id } = bare;
  const name = btf.name(id);
  switch (btf.kind(id)) {
    case Kind.INT:
      return { ...integerAt(bare), isNetworkOrder: isNetworkOrder(ref) };
    case Kind.ENUM:
    case Kind.ENUM64:
      return { ...integer(`enum ${name}`, width(btf.size(id)), btf.flag(id)), enumeration: bare };
    case Kind.PTR:
      return { kind: "pointer", to: { btf, id: btf.ref(id) } };
    case Kind.STRUCT:
    case Kind.UNION:
      return { kind: "record", ref: bare };
    case Kind.ARRAY: {
      const { element, count } = arrayParts(btf, id);
      return { kind: "array", element: { btf, id: element }, count };
    }
    case Kind.FWD:
      return { kind: "other", name: `struct ${name}` };
    default:
      return { kind: "other", name: name === "" ? "a function" : name };
  }
}

function integerAt({ btf, id }: TypeRef): IntegerType {
  const { isSigned, isBool } = integerEncoding(btf, id);
  return { ...integer(btf.name(id), width(btf.size(id)), isSigned), isBool };
}

/** The kernel has no other sizes that a path could end with, but for __int128, of which the lower half is read. */
function width(bytes: number): IntegerType["bytes"] {
  return bytes === 1 || bytes === 2 || bytes === 4 ? bytes : 8;
}

function isNetworkOrder({ btf, id }: TypeRef): boolean {
  for (let at = id; btf.skipModifiers(at) !== at; at = btf.ref(at)) {
    if (NETWORK_ORDER.test(btf.name(at))) return true;
  }
  return false;
}

/** Bytes that a type takes; 0 for one without a size. */
export function sizeOf(table: TypeTable, type: CType): number {
  switch (type.kind) {
    case "integer":
      return type.bytes;
    case "pointer":
      return 8;
    case "record":
      return type.ref.btf.size(type.ref.id);
    case "array":
      return type.count * sizeOf(table, typeAt(table, type.element));
    case "other":
      return 0;
  }
}

/** A type in C's words, for messages. */
export function describeType(table: TypeTable, type: CType): string {
  switch (type.kind) {
    case "integer":
    case "other":
      return type.name;
    case "pointer": {
      const to = type.to.id === 0 ? "void" : describeType(table, typeAt(table, type.to));
      return to.endsWith("*") ? `${to}*` : `${to} *`;
    }
    case "array":
      return `${describeType(table, typeAt(table, type.element))} [${type.count}]`;
    case "record": {
      const { btf, id } = type.ref;
      const tag = btf.kind(id) === Kind.UNION ? "union" : "struct";
      return btf.name(id) === "" ? `an anonymous ${tag}` : `${tag} ${btf.name(id)}`;
    }
  }
}

/** Whether a type is text: an array of char, or a pointer to char. */
export function isText(table: TypeTable, type: CType): boolean {
  if (type.kind !== "array" && type.kind !== "pointer") return false;
  const ref = type.kind === "array" ? type.element : type.to;
  const element = ref.id === 0 ? undefined : typeAt(table, ref);
  return element?.kind === "integer" && element.name === "char";
}

/** C's integer promotion; `bits` is the width of a bit-field. */
export function promote(type: IntegerType, bits?: number): IntegerType {
  if (bits !== undefined && bits < 32) return int;
  if (type.bytes < 4) return int;
  if (type.bytes === 4) return type.isSigned ? int : unsignedInt;
  return type.isSigned ? long : unsignedLong;
}

/** The type in which C computes with two promoted integers. */
export function commonType(left: IntegerType, right: IntegerType): IntegerType {
  if (left.bytes !== right.bytes) return left.bytes > right.bytes ? left : right;
  return left.isSigned ? right : left;
}

/** A number as a type holds it. */
export function wrap(value: bigint, { bytes, isSigned }: Pick<IntegerType, "bytes" | "isSigned">): bigint {
  return isSigned ? BigInt.asIntN(bytes * 8, value) : BigInt.asUintN(bytes * 8, value);
}
