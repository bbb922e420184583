/** Whether a file that somebody gave is a BPF object that can be read here. Layout: elf(5). */
import { type Btf, Kind } from "./btf.js";
import { elfDefinition } from "./elf.js";

const MAGIC = Buffer.from("\x7fELF", "latin1");
/** Lengths of the file's header and of a section's. */
const [HEADER_BYTES, SECTION_BYTES] = [64, 64];
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
/** Type of a section that takes no bytes in the file. */
const SHT_NOBITS = 8;
/** e_type of what a compiler makes of one source, to be linked. */
const ET_REL = 1;
/** e_machine of BPF, and of what one most often gets instead: include/uapi/linux/elf-em.h. */
const EM_BPF = 247;
const MACHINES: ReadonlyMap<number, string> = new Map([
  [3, "x86 (32 bits)"],
  [21, "PowerPC"],
  [22, "S/390"],
  [40, "ARM (32 bits)"],
  [62, "x86-64"],
  [183, "arm64"],
  [243, "RISC-V"],
  [258, "LoongArch"],
]);

/** Why a file is none, to follow its name; undefined when it is one. */
export function bpfObjectFault(file: Buffer): string | undefined {
  if (file.length < HEADER_BYTES || !file.subarray(0, MAGIC.length).equals(MAGIC)) return "is no object file (ELF)";
  const [bits, order] = [file.readUInt8(4), file.readUInt8(5)];
  const machine = order === LITTLE_ENDIAN ? file.readUInt16LE(18) : file.readUInt16BE(18);
  if (machine !== EM_BPF) return `is for ${MACHINES.get(machine) ?? `the machine ${machine}`}, not for BPF`;
  if (bits !== CLASS_64 || order !== LITTLE_ENDIAN) return "is for BPF on big-endian machines, and this one is not";
  if (file.readUInt16LE(16) !== ET_REL) return "is no object file of a compiler";
  return isWhole(file) ? undefined : "is cut off or damaged";
}

/** Whether everything that elf.ts reads lies within the file. */
function isWhole(file: Buffer): boolean {
  try {
    const table = Number(file.readBigUInt64LE(0x28));
    const count = file.readUInt16LE(0x3c);
    if (file.readUInt16LE(0x3a) !== SECTION_BYTES || table + count * SECTION_BYTES > file.length) return false;
    const isInside = Array.from({ length: count }, (_, index) => file.subarray(table + index * SECTION_BYTES)).every(
      (header) =>
        header.readUInt32LE(4) === SHT_NOBITS ||
        header.readBigUInt64LE(0x18) + header.readBigUInt64LE(0x20) <= BigInt(file.length),
    );
    // Reads all symbols.
    if (isInside) elfDefinition(file, "");
    return isInside;
  } catch (reason) {
    if (reason instanceof RangeError) return false;
    throw reason;
  }
}

/** Kinds of types that are made of one other. */
const DERIVED: ReadonlySet<number> = new Set([
  Kind.PTR,
  Kind.ARRAY,
  Kind.TYPEDEF,
  Kind.VOLATILE,
  Kind.CONST,
  Kind.RESTRICT,
  Kind.TYPE_TAG,
]);
/** More than any declaration that somebody wrote. */
const MAX_DERIVATIONS = 64;

/** Whether a table has a type that is made of itself, which no compiler writes and nobody could read to its end. */
export function hasEndlessType(btf: Btf): boolean {
  for (let id = btf.firstId; id < btf.count; id++) {
    let at = id;
    for (let steps = 0; DERIVED.has(btf.kind(at)); steps++) {
      if (steps === MAX_DERIVATIONS) return true;
      at = btf.kind(at) === Kind.ARRAY ? btf.item(at, 0, 0) : btf.ref(at);
    }
  }
  return false;
}
