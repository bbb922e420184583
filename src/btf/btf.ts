/**
 * Reads BTF, the kernel's and BPF objects' own description of their types.
 *
 * Problem: libbpf can read BTF, but one native call a type costs more than the rest.
 * Choice:  the whole table is indexed once in plain JavaScript (17-42 ms for the
 *          126,585 types of a 6.18 kernel); nothing native, testable anywhere.
 * Limits:  little-endian only, as the kernels that we trace.
 *
 * Layout: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of the kernel.
 */
import { HEAD_WORDS, indexTypes, kindOf, type Layout, WORDS_PER_ITEM } from "./layout.js";
import { type HashedName, hashName, NameIndex, noName, STRING_ENDS } from "./name-index.js";
import { sectionsOf } from "./sections.js";

/** BTF_KIND_* of include/uapi/linux/btf.h. */
export const Kind = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

/** Questions that take as long as an index of all functions: 4 ms each, or 15 ms once. */
const FEW = 4;
/**
 * One BTF table: the kernel's, a module's, or a BPF object's. Types are numbers from 1; 0 is void.
 *
 * A module's table is split: it goes on where its base, the kernel's, ends, with type ids and
 * with string offsets, and its types refer to those of the base.
 */
export class Btf {
  /** The table that this one goes on from. */
  readonly base: Btf | undefined;
  readonly #words: Uint32Array;
  readonly #strings: Uint8Array;
  /** Offset of the first string that is ours. */
  readonly #firstString: number;
  /** Word offset of each type that is ours. */
  readonly #offsets: Uint32Array;
  /** Where the first of them lies in the table's bytes. */
  readonly #start: number;
  /** Id of the first type that is not the base's. */
  readonly firstId: number;
  /** Number of types, void and the base's included: ids are below it. */
  readonly count: number;
  /** Made when more than a few functions have been asked for. */
  #functions: NameIndex | undefined;
  #askedForFunctions = 0;

  /** @throws IpftraceError KERNEL_UNSUPPORTED when the bytes are not BTF. */
  constructor(bytes: Uint8Array, base?: Btf) {
    const { types, strings } = sectionsOf(bytes, base !== undefined);
    // A copy of its own, because a Buffer need not be aligned to words.
    this.#words = new Uint32Array(new Uint8Array(types).buffer);
    this.#strings = strings;
    this.base = base;
    this.#firstString = base === undefined ? 0 : base.#firstString + base.#strings.length;
    this.firstId = base?.count ?? 1;
    this.#offsets = indexTypes(this.#words, this.firstId);
    this.#start = types.byteOffset - bytes.byteOffset;
    this.count = this.firstId + this.#offsets.length;
  }

  /** The table's words, and where in them each type begins that is not the base's: for those who go through all types. */
  get layout(): Layout {
    return { words: this.#words, offsets: this.#offsets };
  }

  /** The {@link Kind} of a type; 0 for void. */
  kind(id: number): number {
    return kindOf(this.#info(id));
  }

  /** Name of a type, empty for an anonymous one. */
  name(id: number): string {
    return id === 0 ? "void" : this.string(this.#word(id, 0));
  }

  /** Whether a type has this name, of ASCII characters, or one that begins so; reads no more of it than differs. */
  hasName(id: number, name: string, how: "is" | "begins" = "is"): boolean {
    return id !== 0 && this.#isString(this.#word(id, 0), name, how);
  }

  #hash(offset: number, found: HashedName): void {
    if (offset >= this.#firstString) hashName(this.#strings, offset - this.#firstString, STRING_ENDS, found);
    else if (this.base !== undefined) this.base.#hash(offset, found);
  }

  #isString(offset: number, text: string, how: "is" | "begins"): boolean {
    if (offset < this.#firstString) return this.base ? this.base.#isString(offset, text, how) : false;
    const start = offset - this.#firstString;
    for (let i = 0; i < text.length; i++) if (this.#strings[start + i] !== text.charCodeAt(i)) return false;
    return how === "begins" || this.#strings[start + text.length] === 0;
  }

  /** The type that a pointer, typedef, qualifier, function or variable refers to. */
  ref(id: number): number {
    return this.#word(id, 2);
  }

  /** Size in bytes of a struct, union, enum, int or section. */
  size(id: number): number {
    return this.#word(id, 2);
  }

  /** Number of members, parameters, values or variables. */
  length(id: number): number {
    return this.#info(id) & 0xffff;
  }

  /** Bit 31 of the info word: of a struct, members tell the width of bit-fields; of an enum, values are signed. */
  flag(id: number): boolean {
    return this.#info(id) >>> 31 === 1;
  }

  /** Word `n` of item `i` (member, parameter, value, variable) of a type. */
  item(id: number, i: number, n: number): number {
    return this.#word(id, HEAD_WORDS + i * (WORDS_PER_ITEM[this.kind(id)] ?? 0) + n);
  }

  /** Where the word of {@link ref} lies in the table's bytes; of a type that is not the base's. */
  refOffset(id: number): number {
    return this.#start + ((this.#offsets[id - this.firstId] ?? 0) + 2) * Uint32Array.BYTES_PER_ELEMENT;
  }

  /** The same of the word of {@link item}. */
  itemOffset(id: number, i: number, n: number): number {
    const words = HEAD_WORDS - 2 + i * (WORDS_PER_ITEM[this.kind(id)] ?? 0) + n;
    return this.refOffset(id) + words * Uint32Array.BYTES_PER_ELEMENT;
  }

  /** The string at an offset of the string table. */
  string(offset: number): string {
    if (offset < this.#firstString) return this.base?.string(offset) ?? "";
    const start = offset - this.#firstString;
    const end = this.#strings.indexOf(0, start);
    return Buffer.from(this.#strings.buffer, this.#strings.byteOffset + start, end - start).toString("latin1");
  }

  /** The first type of a kind with that name, of ASCII characters, the base's not counted; undefined when there is none. */
  find(kind: number, name: string): number | undefined {
    if (kind === Kind.FUNC && ++this.#askedForFunctions > FEW) {
      this.#functions ??= this.#indexFunctions();
      return this.#functions.find(name, (id) => this.hasName(id, name));
    }
    const offset = this.stringOffset(name);
    if (offset === undefined) return undefined;
    const [words, offsets] = [this.#words, this.#offsets];
    for (let n = 0; n < offsets.length; n++) {
      const at = offsets[n] as number;
      if (words[at] === offset && kindOf(words[at + 1] as number) === kind) return this.firstId + n;
    }
    return undefined;
  }

  #indexFunctions(): NameIndex {
    const ids = this.ofKind(Kind.FUNC);
    const index = new NameIndex(ids.length);
    const hashes = new Uint32Array(ids.length);
    const found = noName();
    for (let n = 0; n < ids.length; n++) {
      this.#hash(this.#word(ids[n] as number, 0), found);
      hashes[n] = found.hash;
    }
    index.addAll(hashes, ids);
    return index;
  }

  /** The types of a kind, the base's not counted. */
  ofKind(kind: number): Uint32Array {
    const [words, offsets] = [this.#words, this.#offsets];
    const found = new Uint32Array(offsets.length);
    let count = 0;
    for (let n = 0; n < offsets.length; n++) {
      if (kindOf(words[(offsets[n] as number) + 1] as number) === kind) found[count++] = this.firstId + n;
    }
    return found.subarray(0, count);
  }

  /** Where a text stands in the string table, once, and in the base's where that has it; undefined: nowhere. */
  stringOffset(text: string): number | undefined {
    const inBase = this.base === undefined ? undefined : this.base.stringOffset(text);
    if (inBase !== undefined) return inBase;
    if (this.#strings.length > 0 && this.#isString(this.#firstString, text, "is")) return this.#firstString;
    const table = Buffer.from(this.#strings.buffer, this.#strings.byteOffset, this.#strings.length);
    const at = table.indexOf(`\0${text}\0`, 0, "latin1");
    return at < 0 ? undefined : this.#firstString + at + 1;
  }

  /** The type behind typedefs, qualifiers and type tags. */
  skipModifiers(id: number): number {
    let at = id;
    while (isModifier(this.kind(at))) at = this.ref(at);
    return at;
  }

  #word(id: number, n: number): number {
    if (id < this.firstId) return this.base === undefined ? 0 : this.base.#word(id, n);
    return this.#words[(this.#offsets[id - this.firstId] ?? this.#words.length) + n] ?? 0;
  }

  #info(id: number): number {
    return this.#word(id, 1);
  }
}

/** Whether types of a kind stand for another: typedefs, qualifiers and type tags. */
export function isModifier(kind: number): boolean {
  return kind === Kind.TYPEDEF || (kind >= Kind.VOLATILE && kind <= Kind.RESTRICT) || kind === Kind.TYPE_TAG;
}
