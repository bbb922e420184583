/** Answers single questions about a BTF table: enumerators, struct offsets. */
import { type Btf, Kind } from "./btf.js";
import { membersOf } from "./types.js";

/** Names of an enum's values, by value; empty when the kernel does not have the enum. */
export function enumNames(btf: Btf, name: string): Map<number, string> {
  const id = btf.find(Kind.ENUM, name);
  const names = new Map<number, string>();
  if (id === undefined) return names;
  for (let i = 0; i < btf.length(id); i++) names.set(btf.item(id, i, 1), btf.string(btf.item(id, i, 0)));
  return names;
}

/** Offset of each member of a struct, and under the empty name its size; undefined when there is no such struct. */
export function structOffsets(btf: Btf, name: string): Map<string, number> | undefined {
  const id = btf.find(Kind.STRUCT, name);
  if (id === undefined) return undefined;
  const offsets = new Map([["", btf.size(id)]]);
  for (let i = 0; i < btf.length(id); i++) offsets.set(btf.string(btf.item(id, i, 0)), btf.item(id, i, 2) / 8);
  return offsets;
}

/** A member of a struct or union. */
interface FoundMember {
  /** Bytes from the struct's start. */
  readonly offset: number;
  /** Id of its type, less const and the like. */
  readonly type: number;
}

/** A member of a struct or union, also one within its anonymous parts; undefined when it has none. */
export function findMember(btf: Btf, id: number, name: string): FoundMember | undefined {
  for (const member of membersOf(btf, id)) {
    const [offset, type] = [member.bitOffset / 8, btf.skipModifiers(member.type)];
    if (member.name === name) return { offset, type };
    const within = member.name === "" ? findMember(btf, type, name) : undefined;
    if (within !== undefined) return { offset: offset + within.offset, type: within.type };
  }
  return undefined;
}

/** Its offset in bytes. */
export function memberOffset(btf: Btf, id: number, name: string): number | undefined {
  return findMember(btf, id, name)?.offset;
}
