/** What single types of a BTF table are: integers, arrays, enums, members of structs. */
import { type Btf, Kind } from "./btf.js";

/** Bits of an integer's encoding: BTF_INT_* of include/uapi/linux/btf.h. */
const SIGNED = 1;
const BOOL = 4;

/** A type in one of several tables. */
export interface TypeRef {
  readonly btf: Btf;
  readonly id: number;
}

/** A member of a struct or union, as it was declared. */
export interface Member {
  /** Empty for an anonymous struct or union. */
  readonly name: string;
  /** Id of its type. */
  readonly type: number;
  /** From the start of the struct. */
  readonly bitOffset: number;
  /** Width of a bit-field; 0: it is none. */
  readonly bitSize: number;
}

/** The members of a struct or union. */
export function membersOf(btf: Btf, id: number): Member[] {
  const hasWidths = btf.flag(id);
  return Array.from({ length: btf.length(id) }, (_, i) => {
    const word = btf.item(id, i, 2);
    const type = btf.item(id, i, 1);
    const name = btf.string(btf.item(id, i, 0));
    if (!hasWidths) return { name, type, bitOffset: word, bitSize: 0 };
    return { name, type, bitOffset: word & 0xff_ffff, bitSize: word >>> 24 };
  });
}

/** Sign and meaning of an integer type. */
export function integerEncoding(btf: Btf, id: number): { isSigned: boolean; isBool: boolean } {
  const encoding = (btf.item(id, 0, 0) >>> 24) & 0xf;
  return { isSigned: (encoding & SIGNED) !== 0, isBool: (encoding & BOOL) !== 0 };
}

/** Element type and number of elements of an array; 0 elements: it has as many as there are. */
export function arrayParts(btf: Btf, id: number): { element: number; count: number } {
  return { element: btf.item(id, 0, 0), count: btf.item(id, 0, 2) };
}

/** A tag that the source has put on a type, or on one of its members: BTF_KIND_DECL_TAG. */
export interface DeclarationTag {
  readonly text: string;
  /** Index of the member; -1: the type itself. */
  readonly member: number;
}

/** The tags of a struct or union, in the order in which the source has them. */
export function declarationTags(btf: Btf, of: number): DeclarationTag[] {
  const tags: DeclarationTag[] = [];
  for (let id = btf.firstId; id < btf.count; id++) {
    if (btf.kind(id) === Kind.DECL_TAG && btf.ref(id) === of)
      tags.push({ text: btf.name(id), member: btf.item(id, 0, 0) | 0 });
  }
  return tags;
}

/** The values of an enum with their names, in the order of declaration. */
export function enumerators(btf: Btf, id: number): [name: string, value: bigint][] {
  return Array.from({ length: btf.length(id) }, (_, i) => [btf.string(btf.item(id, i, 0)), enumValue(btf, id, i)]);
}

/** One value, with its sign. */
export function enumValue(btf: Btf, id: number, i: number): bigint {
  const low = BigInt(btf.item(id, i, 1));
  const isWide = btf.kind(id) === Kind.ENUM64;
  const value = isWide ? (BigInt(btf.item(id, i, 2)) << 32n) | low : low;
  // Before Linux 6.0 no enum tells whether it is signed: a value with the upper bit is taken for a negative one.
  return btf.flag(id) || !isWide ? BigInt.asIntN(isWide ? 64 : 32, value) : value;
}
