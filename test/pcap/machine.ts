/** A machine for the eBPF instructions that src/ebpf writes: runs them without a kernel. */
import assert from "node:assert/strict";
import { type Instruction, type Register, slotsOf } from "../../src/ebpf/instruction.js";
import {
  AluCode,
  aluOperators,
  conditions,
  FROM_REGISTER,
  InstructionClass,
  JumpCode,
  sizes,
} from "../../src/ebpf/opcodes.js";

const STACK_BYTES = 512;
const U64 = (value: bigint) => BigInt.asUintN(64, value);
const U32 = (value: bigint) => BigInt.asUintN(32, value);
/** More than any program without loops can take. */
const MAX_STEPS = 100_000;

const bytesOfSize = new Map<number, number>([
  [sizes.u8, 1],
  [sizes.u16, 2],
  [sizes.u32, 4],
  [sizes.u64, 8],
]);

type Bits = 32 | 64;

const arithmetic: Readonly<Record<number, (a: bigint, b: bigint, bits: Bits) => bigint>> = {
  [aluOperators["+"]]: (a, b) => a + b,
  [aluOperators["-"]]: (a, b) => a - b,
  [aluOperators["*"]]: (a, b) => a * b,
  [aluOperators["/"]]: (a, b) => (b === 0n ? 0n : a / b),
  [aluOperators["|"]]: (a, b) => a | b,
  [aluOperators["&"]]: (a, b) => a & b,
  [aluOperators["<<"]]: (a, b, bits) => a << (b & BigInt(bits - 1)),
  [aluOperators[">>"]]: (a, b, bits) => a >> (b & BigInt(bits - 1)),
  [aluOperators["%"]]: (a, b) => (b === 0n ? a : a % b),
  [aluOperators["^"]]: (a, b) => a ^ b,
  [AluCode.MOVE]: (_, b) => b,
  [AluCode.NEGATE]: (a) => -a,
};

const comparisons: Readonly<Record<number, (a: bigint, b: bigint) => boolean>> = {
  [conditions["=="]]: (a, b) => a === b,
  [conditions["!="]]: (a, b) => a !== b,
  [conditions[">"]]: (a, b) => a > b,
  [conditions[">="]]: (a, b) => a >= b,
  [conditions["<"]]: (a, b) => a < b,
  [conditions["<="]]: (a, b) => a <= b,
  [conditions["&"]]: (a, b) => (a & b) !== 0n,
};

/** Memory by address; a read or write that is not wholly within a region fails. */
export class Memory {
  readonly #regions: { at: bigint; bytes: Buffer }[] = [];

  map(at: bigint, bytes: Buffer): void {
    this.#regions.push({ at, bytes });
  }

  /** The bytes themselves, not a copy; undefined where nothing is mapped. */
  at(address: bigint, length: number): Buffer | undefined {
    const region = this.#regions.find(
      ({ at, bytes }) => address >= at && address + BigInt(length) <= at + BigInt(bytes.length),
    );
    return region?.bytes.subarray(Number(address - region.at), Number(address - region.at) + length);
  }
}

/** Runs a program with one argument to its exit; r0. Fails where the verifier would not let it load. */
export function run(program: readonly Instruction[], memory: Memory, argument: bigint): bigint {
  const STACK = 0x7000_0000_0000n;
  memory.map(STACK - BigInt(STACK_BYTES), Buffer.alloc(STACK_BYTES));
  const registers = new Map<Register, bigint>([
    ["r1", argument],
    ["r10", STACK],
  ]);
  const slots = program.flatMap((one) => (slotsOf(one) === 2 ? [one, undefined] : [one]));
  for (let at = 0, steps = 0; steps < MAX_STEPS; steps++) {
    const one = slots[at];
    assert.ok(one !== undefined, `a jump into the middle of nowhere: slot ${at}`);
    if (one.opcode === (InstructionClass.JMP64 | JumpCode.EXIT)) return read(registers, "r0");
    at += slotsOf(one) + step(one, registers, memory);
  }
  throw new Error("the program does not end");
}

function read(registers: ReadonlyMap<Register, bigint>, register: Register): bigint {
  const value = registers.get(register);
  assert.ok(value !== undefined, `${register} is read before it is written`);
  return value;
}

/** Carries out one instruction; how many slots to jump. */
function step(one: Instruction, registers: Map<Register, bigint>, memory: Memory): number {
  const family = one.opcode & 0x07;
  if (family === InstructionClass.ALU32) compute(one, registers, 32);
  else if (family === InstructionClass.ALU64) compute(one, registers, 64);
  else if (family === InstructionClass.LDX) load(one, registers, memory);
  else if (family === InstructionClass.ST || family === InstructionClass.STX) store(one, registers, memory);
  else if (family === InstructionClass.JMP32 || family === InstructionClass.JMP64) return jump(one, registers, memory);
  else registers.set(one.destination, U64(BigInt(one.immediate)));
  return 0;
}

/** The operand: a register, or the immediate with its sign. */
function operandOf({ opcode, source, immediate }: Instruction, registers: ReadonlyMap<Register, bigint>): bigint {
  return opcode & FROM_REGISTER ? read(registers, source) : BigInt(Number(immediate) | 0);
}

function compute(one: Instruction, registers: Map<Register, bigint>, bits: Bits): void {
  const { opcode, destination } = one;
  const code = opcode & 0xf0;
  const cut = bits === 32 ? U32 : U64;
  if (code === AluCode.BYTE_ORDER) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(read(registers, destination));
    const size = Number(one.immediate) / 8;
    registers.set(
      destination,
      bytes.subarray(0, size).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n),
    );
    return;
  }
  const operate = arithmetic[code];
  assert.ok(operate !== undefined, `arithmetic ${code}`);
  const left = code === AluCode.MOVE ? 0n : read(registers, destination);
  const right = code === AluCode.NEGATE ? 0n : operandOf(one, registers);
  registers.set(destination, cut(operate(cut(left), cut(right), bits)));
}

function sizeOf({ opcode }: Instruction): number {
  return bytesOfSize.get(opcode & 0x18) ?? 0;
}

function at(address: bigint, size: number, memory: Memory): Buffer {
  assert.equal(address % BigInt(size), 0n, "the verifier refuses access to the stack across a boundary");
  const bytes = memory.at(address, size);
  assert.ok(bytes !== undefined, `no memory at ${address.toString(16)}`);
  return bytes;
}

function load(one: Instruction, registers: Map<Register, bigint>, memory: Memory): void {
  const address = read(registers, one.source) + BigInt(one.offset);
  const bytes = at(address, sizeOf(one), memory);
  registers.set(
    one.destination,
    bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n),
  );
}

function store(one: Instruction, registers: Map<Register, bigint>, memory: Memory): void {
  const address = read(registers, one.destination) + BigInt(one.offset);
  const isRegister = (one.opcode & 0x07) === InstructionClass.STX;
  let value = U64(isRegister ? read(registers, one.source) : BigInt(Number(one.immediate) | 0));
  const bytes = at(address, sizeOf(one), memory);
  for (let i = 0; i < bytes.length; i++, value >>= 8n) bytes[i] = Number(value & 0xffn);
}

function jump(one: Instruction, registers: Map<Register, bigint>, memory: Memory): number {
  const code = one.opcode & 0xf0;
  if (code === JumpCode.ALWAYS) return one.offset;
  if (code === JumpCode.CALL) {
    call(one, registers, memory);
    return 0;
  }
  const holds = comparisons[code];
  assert.ok(holds !== undefined, `condition ${code}`);
  const cut = (one.opcode & 0x07) === InstructionClass.JMP32 ? U32 : U64;
  return holds(cut(read(registers, one.destination)), cut(operandOf(one, registers))) ? one.offset : 0;
}

/** bpf_probe_read_kernel, the only helper that expressions call: what it cannot read becomes zero. */
function call(one: Instruction, registers: Map<Register, bigint>, memory: Memory): void {
  assert.equal(one.immediate, 113);
  const size = Number(read(registers, "r2"));
  const to = memory.at(read(registers, "r1"), size);
  const from = memory.at(read(registers, "r3"), size);
  assert.ok(to !== undefined, "the helper is to write where nothing is");
  if (from === undefined) to.fill(0);
  else from.copy(to);
  for (const lost of ["r1", "r2", "r3", "r4", "r5"] as const) registers.delete(lost);
  registers.set("r0", from === undefined ? U64(-14n) : 0n);
}
