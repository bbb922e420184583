/** From the struct of a compiled module to its fields: kinds follow from types as in declarative modules. */
import type { TypeTable } from "../btf/type-table.js";
import { type Member, membersOf, type TypeRef } from "../btf/types.js";
import { type CType, describeType, typeAt, unsignedLong } from "../expression/c-type.js";
import type { Source } from "../expression/collect.js";
import { Fault } from "../expression/fault.js";
import type { Typed } from "../expression/typed.js";
import { quote } from "../filter/quote.js";
import { CustomKind, type CustomName, ModuleField } from "../gen/ipftrace/v1/custom.js";
import { isModuleName, nameRule } from "./check.js";
import { ADDRESS_STRUCTS, readField } from "./field.js";
import { type Tags, tagsOf } from "./tags.js";

/** One field of a compiled module. */
export interface CompiledField {
  readonly name: string;
  readonly kind: CustomKind;
  readonly unit: string;
  readonly description: string;
  readonly names: readonly CustomName[];
  /** How its bytes are to be taken. */
  readonly source: Source;
  /** Bytes from the start of the struct. */
  readonly offset: number;
}

/** There is no text that a place could be told in. */
const NOWHERE = { at: 0, end: 0 };
const UNSPECIFIED = CustomKind.CUSTOM_KIND_UNSPECIFIED;

/** The fields, or what is wrong with the first that cannot be one. */
export function readMembers(table: TypeTable, struct: TypeRef): { value: CompiledField[] } | { error: string } {
  const members = membersOf(struct.btf, struct.id);
  if (members.length === 0) return { error: "has no fields: its struct is empty" };
  const fields: CompiledField[] = [];
  for (const [index, member] of members.entries()) {
    const field = readMember(table, struct, member, index);
    if ("error" in field) return { error: `has a field ${quote(member.name)} that cannot be shown: ${field.error}` };
    fields.push(field.value);
  }
  return { value: fields };
}

function readMember(
  table: TypeTable,
  { btf, id }: TypeRef,
  member: Member,
  index: number,
): { value: CompiledField } | { error: string } {
  const { name } = member;
  const type = typeAt(table, { btf, id: member.type });
  const tags = tagsOf(btf, id, index);
  const error = tags.error || memberFault(table, { btf, id }, member, tags);
  if (error !== "") return { error };
  const { kind, namesFrom, unit, description } = tags;
  const asked = ModuleField.fromPartial({ name, kind, namesFrom });
  try {
    const read = readField(table, asked, placeOf(type), NOWHERE);
    return { value: { ...read, name, unit, description, offset: member.bitOffset / 8 } };
  } catch (reason) {
    if (reason instanceof Fault) return { error: reason.message };
    throw reason;
  }
}

/** What a struct of values may not have, in words of C; empty: nothing. */
function memberFault(table: TypeTable, { btf }: TypeRef, member: Member, tags: Tags): string {
  const { name, bitSize, bitOffset } = member;
  const ref = { btf, id: member.type };
  const type = typeAt(table, ref);
  const what = describeType(table, type);
  if (!isModuleName(name)) return name === "" ? "it has no name" : `use ${nameRule}`;
  if (bitSize > 0 || bitOffset % 8 !== 0) return "it is a bit-field: use a whole integer";
  if (type.kind === "pointer") return `it is an address in the kernel (${what}): copy what it points to`;
  if (type.kind === "record" && tags.kind === UNSPECIFIED && !ADDRESS_STRUCTS.has(what)) {
    return `it is ${what}: use a number, an enum, an array of bytes or characters`;
  }
  if (type.kind === "other") return `it is ${what}: use an integer`;
  if (type.kind !== "integer") return "";
  if (btf.size(table.resolve(ref).id) > type.bytes) return `${what} is too wide: use 8 bytes at most`;
  const isNamed = tags.kind === CustomKind.CUSTOM_KIND_ENUM || tags.kind === CustomKind.CUSTOM_KIND_FLAGS;
  return isNamed && tags.namesFrom === "" && type.enumeration === undefined
    ? `${what} has no names: declare it as an enum, or say which has them, as in IPFTRACE("flags=NAME")`
    : "";
}

/** The member as an expression that reads it: only its type counts. */
function placeOf(type: CType): Typed {
  const memory = { base: { op: "constant", value: 0n, type: unsignedLong }, offset: 0 } as const;
  if (type.kind === "integer" || type.kind === "pointer") return { op: "load", ...memory, type };
  return { op: "place", ...memory, type };
}
