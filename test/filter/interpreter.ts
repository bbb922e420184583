/** Runs the few eBPF instructions that filters are made of; any other is an error, as is a read outside of the structs. */
import { flowLayout } from "../../src/decode/layout.js";
import { encode, type Instruction } from "../../src/ebpf/instruction.js";
import { aluOperators, conditions, InstructionClass, JumpCode, MODE_MEMORY, sizes } from "../../src/ebpf/opcodes.js";

const MAX_STEPS = 100_000;
const MOVE = 0xb0;
const mask32 = 0xffff_ffffn;
/** Addresses of the two structs, which no value is likely to be. */
const BASES = { r1: 0x1_0000_0000n, r2: 0x2_0000_0000n };

/** What flow_matches() returns for these structs. */
export function run(instructions: readonly Instruction[], structs: Buffer): number {
  const code = encode(instructions);
  const registers = new BigUint64Array(11);
  registers[1] = BASES.r1;
  registers[2] = BASES.r2;
  let at = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    const slot = code.subarray(at * 8, at * 8 + 8);
    const opcode = slot.readUInt8(0);
    if (opcode === (InstructionClass.JMP64 | JumpCode.EXIT)) return Number(registers[0]);
    at += 1 + perform(opcode, slot, code, at, registers, structs);
  }
  throw new Error("the program does not end");
}

/** Performs one instruction; how many slots to skip. */
function perform(
  opcode: number,
  slot: Buffer,
  code: Buffer,
  at: number,
  registers: BigUint64Array,
  structs: Buffer,
): number {
  const [destination, source] = [slot.readUInt8(1) & 15, slot.readUInt8(1) >> 4];
  const family = opcode & 7;
  const immediate = BigInt.asUintN(64, BigInt(slot.readInt32LE(4)));
  const operand = opcode & 8 ? (registers[source] as bigint) : immediate;
  const value = registers[destination] as bigint;
  switch (family) {
    case InstructionClass.LD:
      registers[destination] = BigInt(slot.readUInt32LE(4)) | (BigInt(code.readUInt32LE(at * 8 + 12)) << 32n);
      return 1;
    case InstructionClass.LDX:
      registers[destination] = load(opcode, (registers[source] as bigint) + BigInt(slot.readInt16LE(2)), structs);
      return 0;
    case InstructionClass.ALU32:
    case InstructionClass.ALU64: {
      const result = compute(opcode & 0xf0, value, operand);
      registers[destination] = family === InstructionClass.ALU32 ? result & mask32 : result;
      return 0;
    }
    default: {
      const wide = family === InstructionClass.JMP64;
      const [left, right] = wide ? [value, operand] : [value & mask32, operand & mask32];
      return jumps(opcode & 0xf0, left, right) ? slot.readInt16LE(2) : 0;
    }
  }
}

function load(opcode: number, address: bigint, structs: Buffer): bigint {
  const bytes = { [sizes.u8]: 1, [sizes.u16]: 2, [sizes.u32]: 4, [sizes.u64]: 8 }[opcode & 0x18] ?? 0;
  if ((opcode & 0xe0) !== MODE_MEMORY) throw new Error(`opcode ${opcode} is no load of memory`);
  const isFlow = address < BASES.r2;
  const offset = Number(address - (isFlow ? BASES.r1 : BASES.r2));
  const struct = isFlow ? structs.subarray(0, flowLayout.size) : structs.subarray(flowLayout.size);
  if (offset < 0 || offset + bytes > struct.length || offset % bytes !== 0) throw new Error(`a bad read at ${offset}`);
  return BigInt(struct.readUIntLE(offset, Math.min(bytes, 6))) | (bytes === 8 ? upper(struct, offset) : 0n);
}

function upper(struct: Buffer, offset: number): bigint {
  return BigInt(struct.readUInt16LE(offset + 6)) << 48n;
}

function compute(code: number, value: bigint, operand: bigint): bigint {
  if (code === MOVE) return operand;
  if (code === aluOperators["&"]) return value & operand;
  throw new Error(`no arithmetic ${code}`);
}

function jumps(code: number, left: bigint, right: bigint): boolean {
  switch (code) {
    case JumpCode.ALWAYS:
      return true;
    case conditions["=="]:
      return left === right;
    case conditions["!="]:
      return left !== right;
    case conditions["&"]:
      return (left & right) !== 0n;
    case conditions["<"]:
      return left < right;
    case conditions[">"]:
      return left > right;
    default:
      throw new Error(`no condition ${code}`);
  }
}
