/** Answers single questions about a BTF table: enumerators, struct offsets. */
import { type Btf, Kind } from "./btf.js";

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
