/** Reads sections and symbols of a 64-bit little-endian ELF file: a BPF object. Layout: elf(5). */

const SYMBOL_BYTES = 24;

interface Section {
  readonly index: number;
  readonly name: string;
  readonly bytes: Buffer;
}

/** The bytes of a section; undefined when the file has none of that name. */
export function elfSection(file: Buffer, name: string): Buffer | undefined {
  return sections(file).find((section) => section.name === name)?.bytes;
}

/** Offsets of the symbols that lie in a section, by name. */
export function elfSymbols(file: Buffer, sectionName: string): Map<string, number> {
  const all = sections(file);
  const home = all.find(({ name }) => name === sectionName);
  const table = all.find(({ name }) => name === ".symtab")?.bytes ?? Buffer.alloc(0);
  const names = all.find(({ name }) => name === ".strtab")?.bytes ?? Buffer.alloc(0);
  const offsets = new Map<string, number>();
  for (let at = 0; at < table.length; at += SYMBOL_BYTES) {
    const name = text(names, table.readUInt32LE(at));
    if (home !== undefined && table.readUInt16LE(at + 6) === home.index && name !== "") {
      offsets.set(name, Number(table.readBigUInt64LE(at + 8)));
    }
  }
  return offsets;
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
