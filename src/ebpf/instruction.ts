/** eBPF instructions and their encoding. Source: Linux, Documentation/bpf/standardization/instruction-set.rst. */

/** r0: result; r1 to r5: arguments, lost in a call; r6 to r9: kept over calls; r10: end of the stack. */
export type Register = "r0" | "r1" | "r2" | "r3" | "r4" | "r5" | "r6" | "r7" | "r8" | "r9" | "r10";

/** One instruction, as it is encoded. */
export interface Instruction {
  /** Class, operation and kind of operand in one byte. */
  readonly opcode: number;
  readonly destination: Register;
  readonly source: Register;
  /** Of memory, in bytes; of a jump, in slots from the next instruction; signed, 16 bits. */
  readonly offset: number;
  /** 32 bits, signed or not. A bigint has 64 bits and makes the instruction take two slots. */
  readonly immediate: number | bigint;
}

/** Bytes of a slot: an instruction takes one, or two when it has a 64-bit immediate. */
export const SLOT_BYTES = 8;

/** How many slots an instruction takes. */
export function slotsOf({ immediate }: Instruction): number {
  return typeof immediate === "bigint" ? 2 : 1;
}

/** How many slots they take together. */
export function slotCount(instructions: readonly Instruction[]): number {
  return instructions.reduce((sum, one) => sum + slotsOf(one), 0);
}

/** The instructions as the kernel reads them, little-endian. */
export function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(slotCount(instructions) * SLOT_BYTES);
  let at = 0;
  for (const one of instructions) {
    encodeOne(bytes, at, one);
    at += slotsOf(one) * SLOT_BYTES;
  }
  return bytes;
}

function encodeOne(bytes: Buffer, at: number, { opcode, destination, source, offset, immediate }: Instruction): void {
  bytes.writeUInt8(opcode, at);
  bytes.writeUInt8(numberOf(destination) | (numberOf(source) << 4), at + 1);
  bytes.writeInt16LE(offset, at + 2);
  if (typeof immediate === "number") {
    bytes.writeInt32LE(immediate | 0, at + 4);
  } else {
    bytes.writeUInt32LE(Number(BigInt.asUintN(32, immediate)), at + 4);
    bytes.writeUInt32LE(Number(BigInt.asUintN(32, immediate >> 32n)), at + SLOT_BYTES + 4);
  }
}

function numberOf(register: Register): number {
  return Number(register.slice(1));
}
