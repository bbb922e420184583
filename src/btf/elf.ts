/** Reads sections and symbols of a 64-bit little-endian ELF file: a BPF object. Layout: elf(5). */

const SYMBOL_BYTES = 24;
/** Type of a symbol that is a function. */
const STT_FUNC = 2;
/** Bindings of a symbol: seen from other files, and giving way to another definition. */
const [STB_GLOBAL, STB_WEAK] = [1, 2];

interface Section {
  readonly index: number;
  readonly name: string;
  readonly bytes: Buffer;
}

interface Symbol {
  readonly name: string;
  readonly type: number;
  readonly binding: number;
  /** Index of the section that it lies in. */
  readonly section: number;
  /** Offset in that section, bytes. */
  readonly value: number;
  /** Bytes. */
  readonly size: number;
}

/** The bytes of a section; undefined when the file has none of that name. */
export function elfSection(file: Buffer, name: string): Buffer | undefined {
  return sections(file).find((section) => section.name === name)?.bytes;
}

/** Offsets of the symbols that lie in a section, by name. */
export function elfSymbols(file: Buffer, sectionName: string): Map<string, number> {
  const all = sections(file);
  const home = all.find(({ name }) => name === sectionName);
  const here = symbols(all).filter(({ section, name }) => section === home?.index && name !== "");
  return new Map(here.map(({ name, value }) => [name, value]));
}

/** The bytes of a function, in place; undefined when the file has none of that name. */
export function elfFunction(file: Buffer, name: string): Buffer | undefined {
  const all = sections(file);
  const symbol = symbols(all).find((one) => one.name === name && one.type === STT_FUNC);
  const home = all.find(({ index }) => index === symbol?.section);
  return symbol && home?.bytes.subarray(symbol.value, symbol.value + symbol.size);
}

/** A function as other files see it. */
export interface ElfFunction {
  /** Name of the section that it lies in; empty where it is only declared. */
  readonly section: string;
  /** "local": static. */
  readonly binding: "local" | "global" | "weak";
}

/** How a file defines a function; undefined when it does not mention it. */
export function elfDefinition(file: Buffer, name: string): ElfFunction | undefined {
  const all = sections(file);
  const symbol = symbols(all).find((one) => one.name === name);
  if (symbol === undefined) return undefined;
  const binding = symbol.binding === STB_GLOBAL ? "global" : symbol.binding === STB_WEAK ? "weak" : "local";
  return { section: all.find(({ index }) => index === symbol.section)?.name ?? "", binding };
}

function symbols(all: readonly Section[]): Symbol[] {
  const table = all.find(({ name }) => name === ".symtab")?.bytes ?? Buffer.alloc(0);
  const names = all.find(({ name }) => name === ".strtab")?.bytes ?? Buffer.alloc(0);
  return Array.from({ length: table.length / SYMBOL_BYTES }, (_, n) => {
    const entry = table.subarray(n * SYMBOL_BYTES);
    return {
      name: text(names, entry.readUInt32LE(0)),
      type: entry.readUInt8(4) & 0xf,
      binding: entry.readUInt8(4) >>> 4,
      section: entry.readUInt16LE(6),
      value: Number(entry.readBigUInt64LE(8)),
      size: Number(entry.readBigUInt64LE(16)),
    };
  });
}

function sections(file: Buffer): Section[] {
  const table = Number(file.readBigUInt64LE(0x28));
  const entryBytes = file.readUInt16LE(0x3a);
  const at = (index: number): number => table + index * entryBytes;
  const names = sectionBytes(file, at(file.readUInt16LE(0x3e)));
  return Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) => ({
    index,
    name: text(names, file.readUInt32LE(at(index))),
    bytes: sectionBytes(file, at(index)),
  }));
}

function sectionBytes(file: Buffer, header: number): Buffer {
  const offset = Number(file.readBigUInt64LE(header + 0x18));
  return file.subarray(offset, offset + Number(file.readBigUInt64LE(header + 0x20)));
}

function text(table: Buffer, start: number): string {
  return table.toString("latin1", start, table.indexOf(0, start));
}
