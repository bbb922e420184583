import { Kind } from "../../src/btf/btf.js";

/** A member, parameter, enumerator or variable: its name, and the words behind it. */
export type Item = readonly [name: string, ...words: number[]];

/** Makes small BTF tables by hand, word for word as Documentation/bpf/btf.rst has it. */
export class BtfBuilder {
  readonly #words: number[] = [];
  /** The base's strings, then those of this table. */
  #strings: string;
  #count: number;
  readonly #baseStrings: number;

  /** With a base, makes a table that is split from it; the base must not grow any more. */
  constructor(base?: BtfBuilder) {
    this.#strings = base?.text ?? "\0";
    this.#baseStrings = base?.text.length ?? 0;
    this.#count = base?.count ?? 0;
  }

  get text(): string {
    return this.#strings;
  }

  /** The last type's id. */
  get count(): number {
    return this.#count;
  }

  /** Offset of a text in the string table. */
  string(text: string): number {
    if (text === "") return 0;
    const known = this.#strings.indexOf(`\0${text}\0`);
    if (known >= 0) return known + 1;
    this.#strings += `${text}\0`;
    return this.#strings.length - text.length - 1;
  }

  /** Adds a type; `more` is what follows its common part. Returns its id. */
  type(kind: number, name: string, sizeOrType: number, length = 0, more: readonly number[] = []): number {
    this.#words.push(this.string(name), (kind << 24) | length, sizeOrType, ...more);
    return ++this.#count;
  }

  /** Adds a type with items. */
  items(kind: number, name: string, sizeOrType: number, items: readonly Item[]): number {
    const words = items.flatMap(([itemName, ...rest]) => [this.string(itemName), ...rest]);
    return this.type(kind, name, sizeOrType, items.length, words);
  }

  int(name: string): number {
    return this.type(Kind.INT, name, 4, 0, [32]);
  }

  pointer(to: number): number {
    return this.type(Kind.PTR, "", to);
  }

  /** A prototype that returns nothing and takes arguments of these types. */
  prototype(...types: number[]): number {
    return this.items(
      Kind.FUNC_PROTO,
      "",
      0,
      types.map((type, index) => [`a${index + 1}`, type]),
    );
  }

  /** A function with arguments of these types. */
  func(name: string, ...types: number[]): number {
    return this.type(Kind.FUNC, name, this.prototype(...types));
  }

  /** The prototype of a tracepoint as the kernel has it: typedef of a pointer to a function with void *__data first. */
  tracepoint(name: string, ...types: number[]): number {
    const data = this.pointer(0);
    return this.type(Kind.TYPEDEF, `btf_trace_${name}`, this.pointer(this.prototype(data, ...types)));
  }

  /** The table. */
  bytes(): Buffer {
    const header = Buffer.alloc(24);
    const typeBytes = this.#words.length * 4;
    const strings = Buffer.from(this.#strings.slice(this.#baseStrings), "latin1");
    header.writeUInt16LE(0xeb9f, 0);
    header.writeUInt8(1, 2);
    [24, 0, typeBytes, typeBytes, strings.length].forEach((value, i) => {
      header.writeUInt32LE(value, 4 + i * 4);
    });
    return Buffer.concat([header, Buffer.from(new Uint32Array(this.#words).buffer), strings]);
  }
}
