/** Writes eBPF instructions one after another, with labels for what is not written yet. */
import { IpftraceError } from "../errors.js";
import { type Instruction, type Register, slotsOf } from "./instruction.js";
import {
  AluCode,
  type AluOperator,
  aluOperators,
  type Condition,
  conditions,
  FROM_REGISTER,
  type Helper,
  helpers,
  InstructionClass,
  JumpCode,
  MODE_MEMORY,
  PSEUDO_BTF_ID,
  type Size,
  sizes,
} from "./opcodes.js";

/** A register, or a number of 32 bits that 64-bit instructions extend by its sign. */
export type Operand = Register | number;

/** A place to jump to; made by {@link Program.label}. */
export interface Label {
  /** Slot; undefined until it is placed. */
  slot: number | undefined;
}

interface Part {
  readonly opcode: number;
  readonly destination?: Register;
  readonly source?: Register;
  readonly offset?: number;
  readonly immediate?: number | bigint;
}

/** Farthest jump: offsets have 16 bits. */
const MAX_JUMP = 32_767;

/**
 * A program that is being written. Methods without a number of bits in their name work on
 * 64 bits; those that end in 32 leave the upper half of their destination zero.
 */
export class Program {
  readonly #instructions: Instruction[] = [];
  readonly #jumps = new Map<number, { from: number; label: Label }>();
  #slots = 0;

  /** A new label; it must be placed once. */
  label(): Label {
    return { slot: undefined };
  }

  /** The label stands for the instruction that is written next. */
  place(label: Label): void {
    label.slot = this.#slots;
  }

  move(destination: Register, operand: Operand): void {
    this.#compute(InstructionClass.ALU64, AluCode.MOVE, destination, operand);
  }

  move32(destination: Register, operand: Operand): void {
    this.#compute(InstructionClass.ALU32, AluCode.MOVE, destination, operand);
  }

  /** A number of 64 bits; takes two slots. */
  moveWide(destination: Register, value: bigint): void {
    this.#write({ opcode: InstructionClass.LD | sizes.u64, destination, immediate: value });
  }

  /** The address of a variable of the kernel, by its id in the kernel's BTF; takes two slots. */
  kernelVariable(destination: Register, btfId: number): void {
    const opcode = InstructionClass.LD | sizes.u64;
    this.#write({ opcode, destination, source: PSEUDO_BTF_ID, immediate: BigInt(btfId) });
  }

  /** destination = destination operator operand */
  alu(destination: Register, operator: AluOperator, operand: Operand): void {
    this.#compute(InstructionClass.ALU64, aluOperators[operator], destination, operand);
  }

  alu32(destination: Register, operator: AluOperator, operand: Operand): void {
    this.#compute(InstructionClass.ALU32, aluOperators[operator], destination, operand);
  }

  negate32(destination: Register): void {
    this.#write({ opcode: InstructionClass.ALU32 | AluCode.NEGATE, destination });
  }

  /** Exchanges the low 16, 32 or 64 bits from network order to the machine's or back; clears the others. */
  swapNetworkOrder(destination: Register, bits: 16 | 32 | 64): void {
    const opcode = InstructionClass.ALU32 | AluCode.BYTE_ORDER | FROM_REGISTER;
    this.#write({ opcode, destination, immediate: bits });
  }

  /** destination = *(size *)(base + offset), extended by zeros */
  load(size: Size, destination: Register, base: Register, offset: number): void {
    const opcode = InstructionClass.LDX | MODE_MEMORY | sizes[size];
    this.#write({ opcode, destination, source: base, offset });
  }

  /** *(size *)(base + offset) = value */
  store(size: Size, base: Register, offset: number, value: Operand): void {
    const isNumber = typeof value === "number";
    const opcode = (isNumber ? InstructionClass.ST : InstructionClass.STX) | MODE_MEMORY | sizes[size];
    const operand = isNumber ? { immediate: value } : { source: value };
    this.#write({ opcode, destination: base, offset, ...operand });
  }

  jump(label: Label): void {
    this.#jump({ opcode: InstructionClass.JMP64 | JumpCode.ALWAYS }, label);
  }

  jumpIf(left: Register, condition: Condition, right: Operand, label: Label): void {
    this.#jump(operation(InstructionClass.JMP64, conditions[condition], left, right), label);
  }

  /** Compares the low 32 bits. */
  jumpIf32(left: Register, condition: Condition, right: Operand, label: Label): void {
    this.#jump(operation(InstructionClass.JMP32, conditions[condition], left, right), label);
  }

  /** Calls a helper of the kernel: arguments in r1 to r5, which are lost, the result in r0. */
  call(helper: Helper): void {
    this.#write({ opcode: InstructionClass.JMP64 | JumpCode.CALL, immediate: helpers[helper] });
  }

  /** Returns r0. */
  exit(): void {
    this.#write({ opcode: InstructionClass.JMP64 | JumpCode.EXIT });
  }

  /**
   * The instructions, with every jump resolved.
   *
   * @throws IpftraceError LIMIT_REACHED when a jump is longer than an instruction can say.
   */
  finish(): readonly Instruction[] {
    return this.#instructions.map((instruction, index) => {
      const jump = this.#jumps.get(index);
      return jump === undefined ? instruction : { ...instruction, offset: distance(jump.from, jump.label) };
    });
  }

  #compute(family: number, code: number, destination: Register, operand: Operand): void {
    this.#write(operation(family, code, destination, operand));
  }

  #jump(part: Part, label: Label): void {
    this.#write(part);
    this.#jumps.set(this.#instructions.length - 1, { from: this.#slots, label });
  }

  #write(part: Part): void {
    const instruction: Instruction = { destination: "r0", source: "r0", offset: 0, immediate: 0, ...part };
    this.#instructions.push(instruction);
    this.#slots += slotsOf(instruction);
  }
}

function operation(family: number, code: number, destination: Register, operand: Operand): Part {
  if (typeof operand === "number") return { opcode: family | code, destination, immediate: operand };
  return { opcode: family | code | FROM_REGISTER, destination, source: operand };
}

function distance(from: number, label: Label): number {
  if (label.slot === undefined) throw new Error("a label was used and never placed");
  const slots = label.slot - from;
  if (Math.abs(slots) > MAX_JUMP) {
    throw new IpftraceError("LIMIT_REACHED", `a jump over ${slots} eBPF instructions, and ${MAX_JUMP} is the most`);
  }
  return slots;
}
