import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { elfSection, elfSymbols } from "../../src/btf/elf.js";

interface Section {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A string table, and where each text stands in it. */
function strings(texts: string[]): { bytes: Buffer; at: (text: string) => number } {
  const text = `\0${texts.map((one) => `${one}\0`).join("")}`;
  return { bytes: Buffer.from(text), at: (one) => (one === "" ? 0 : text.indexOf(`\0${one}\0`) + 1) };
}

/** A 64-bit little-endian ELF file with these sections behind the empty first one; the names come last. */
function elf(sections: Section[]): Buffer {
  const all = [{ name: "", bytes: Buffer.alloc(0) }, ...sections];
  const names = strings([...all.map(({ name }) => name), ".shstrtab"]);
  all.push({ name: ".shstrtab", bytes: names.bytes });
  const header = Buffer.alloc(64);
  const headers: Buffer[] = [];
  let offset = header.length;
  for (const { name, bytes } of all) {
    const entry = Buffer.alloc(64);
    entry.writeUInt32LE(names.at(name), 0);
    entry.writeBigUInt64LE(BigInt(offset), 0x18);
    entry.writeBigUInt64LE(BigInt(bytes.length), 0x20);
    headers.push(entry);
    offset += bytes.length;
  }
  header.writeBigUInt64LE(BigInt(offset), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(all.length, 0x3c);
  header.writeUInt16LE(all.length - 1, 0x3e);
  return Buffer.concat([header, ...all.map(({ bytes }) => bytes), ...headers]);
}

/** Symbols as {name, section index, value}. */
function symbolSections(symbols: [name: string, section: number, value: bigint][]): Section[] {
  const names = strings(symbols.map(([name]) => name));
  const entries = symbols.map(([name, section, value]) => {
    const entry = Buffer.alloc(24);
    entry.writeUInt32LE(names.at(name), 0);
    entry.writeUInt16LE(section, 6);
    entry.writeBigUInt64LE(value, 8);
    return entry;
  });
  return [
    { name: ".symtab", bytes: Buffer.concat(entries) },
    { name: ".strtab", bytes: names.bytes },
  ];
}

describe("elfSection", () => {
  const file = elf([
    { name: ".text", bytes: Buffer.from("code") },
    { name: ".BTF", bytes: Buffer.from("types") },
    { name: ".BTF.ext", bytes: Buffer.from("lines") },
    { name: ".empty", bytes: Buffer.alloc(0) },
  ]);
  for (const [name, bytes] of [
    [".text", "code"],
    [".BTF", "types"],
    [".BTF.ext", "lines"],
    [".empty", ""],
  ] as const) {
    it(`finds ${name} by its whole name`, () => assert.equal(elfSection(file, name)?.toString(), bytes));
  }
  it("gives undefined for a name that no section has", () => assert.equal(elfSection(file, ".rodata"), undefined));
});

describe("elfSymbols", () => {
  const file = elf([
    { name: ".rodata", bytes: Buffer.alloc(16) },
    { name: ".rodata.str", bytes: Buffer.alloc(16) },
    ...symbolSections([
      ["", 1, 0n],
      ["filter", 1, 0n],
      ["slots", 1, 8n],
      ["elsewhere", 2, 4n],
    ]),
  ]);

  it("gives the symbols of one section with their offsets, nameless ones left out", () => {
    assert.deepEqual(
      [...elfSymbols(file, ".rodata")],
      [
        ["filter", 0],
        ["slots", 8],
      ],
    );
    assert.deepEqual([...elfSymbols(file, ".rodata.str")], [["elsewhere", 4]]);
  });

  it("gives none for a section that is not there, nor for a file without symbols", () => {
    assert.equal(elfSymbols(file, ".data").size, 0);
    assert.equal(elfSymbols(elf([{ name: ".rodata", bytes: Buffer.alloc(4) }]), ".rodata").size, 0);
  });
});
