/** Translates one classic BPF program. The machine's registers, and libpcap's meaning of each instruction. */
import {
  CLASSIC_MEMORY_WORDS,
  CLASSIC_RETURN_A,
  CLASSIC_TXA,
  CLASSIC_X,
  ClassicClass,
  type ClassicInstruction,
  ClassicMode,
  classicLoadBytes,
  classicReachable,
  classicSuccessors,
} from "./classic.js";
import type { AluOperator, Condition } from "./opcodes.js";
import { LOADS_STACK, PacketLoads } from "./packet-loads.js";
import type { Label, Program } from "./program.js";

const A = "r6";
const X = "r7";

const operators: Readonly<Record<number, AluOperator>> = {
  0: "+",
  16: "-",
  32: "*",
  48: "/",
  64: "|",
  80: "&",
  96: "<<",
  112: ">>",
  144: "%",
  160: "^",
};
const NEGATE = 0x80;

const jumps: Readonly<Record<number, { when: Condition; otherwise: Condition | undefined }>> = {
  16: { when: "==", otherwise: "!=" },
  32: { when: ">", otherwise: "<=" },
  48: { when: ">=", otherwise: "<" },
  64: { when: "&", otherwise: undefined },
};

/** Writes one classic program as eBPF; a packet that it cannot judge goes to `reject`. */
export class ClassicTranslator {
  readonly #program: Program;
  readonly #reject: Label;
  readonly #loads: PacketLoads;
  readonly #classic: readonly ClassicInstruction[];
  readonly #labels: readonly Label[];

  constructor(program: Program, reject: Label, classic: readonly ClassicInstruction[]) {
    this.#program = program;
    this.#reject = reject;
    this.#loads = new PacketLoads(program, reject);
    this.#classic = classic;
    this.#labels = classic.map(() => program.label());
  }

  /** @throws Error for what is no classic program. */
  run(): void {
    // The verifier refuses instructions that no run comes to, and registers and memory that were never set.
    const reachable = classicReachable(this.#classic);
    this.#program.move32(A, 0);
    this.#program.move32(X, 0);
    const used = this.#classic.filter((one, index) => reachable.has(index) && usesMemory(one));
    for (const word of new Set(used.map(({ k }) => k))) this.#program.store("u32", "r10", memoryOffset(word), 0);
    for (const [index, instruction] of this.#classic.entries()) {
      if (!reachable.has(index)) continue;
      this.#program.place(this.#labelOf(index));
      this.#translate(instruction, index);
    }
  }

  #translate(instruction: ClassicInstruction, index: number): void {
    const { code, k } = instruction;
    const family = code & 0x07;
    if (family <= ClassicClass.LDX) this.#load(instruction, family === ClassicClass.LD ? A : X);
    else if (family <= ClassicClass.STX) {
      this.#program.store("u32", "r10", memoryOffset(k), family === ClassicClass.ST ? A : X);
    } else if (family === ClassicClass.ALU) this.#compute(code & 0xf0, code & CLASSIC_X ? X : k);
    else if (family === ClassicClass.JMP) this.#jump(instruction, index);
    else if (family === ClassicClass.RET) this.#return(instruction);
    else if (code & CLASSIC_TXA) this.#program.move32(A, X);
    else this.#program.move32(X, A);
  }

  #load({ code, k }: ClassicInstruction, to: typeof A | typeof X): void {
    const mode = code & 0xe0;
    if (mode === ClassicMode.IMM) this.#program.move32(to, k);
    else if (mode === ClassicMode.MEM) this.#program.load("u32", to, "r10", memoryOffset(k));
    else if (mode === ClassicMode.LEN) this.#loads.length(to);
    else if (mode === ClassicMode.ABS) this.#loads.at(to, k, classicLoadBytes(code));
    else if (mode === ClassicMode.IND) this.#loads.indirect(to, X, k, classicLoadBytes(code));
    else if (mode === ClassicMode.MSH) this.#loadHeaderLength(to, k);
    else throw unknown("load", code);
  }

  /** Four times the low half of a byte: the length of an IPv4 header. */
  #loadHeaderLength(to: typeof A | typeof X, offset: number): void {
    this.#loads.at(to, offset, 1);
    this.#program.alu32(to, "&", 0x0f);
    this.#program.alu32(to, "<<", 2);
  }

  #compute(code: number, operand: typeof X | number): void {
    const operator = operators[code];
    if (code === NEGATE) this.#program.negate32(A);
    else if (operator === undefined) throw unknown("arithmetic", code);
    else if (operator === "<<" || operator === ">>") this.#shift(operator, operand);
    else if (operator === "/" || operator === "%") this.#divide(operator, operand);
    else this.#program.alu32(A, operator, operand);
  }

  /** By zero there is no match, and the verifier refuses a zero that it sees. */
  #divide(operator: "/" | "%", divisor: typeof X | number): void {
    if (divisor === 0) {
      this.#loads.rejectAlways();
      return;
    }
    if (divisor === X) this.#program.jumpIf32(X, "==", 0, this.#reject);
    this.#program.alu32(A, operator, divisor);
  }

  /** eBPF takes the count modulo 32, libpcap shifts everything out. */
  #shift(operator: "<<" | ">>", count: typeof X | number): void {
    const program = this.#program;
    if (typeof count === "number") {
      if (count < 32) program.alu32(A, operator, count);
      else program.move32(A, 0);
      return;
    }
    const [fits, done] = [program.label(), program.label()];
    program.jumpIf32(count, "<", 32, fits);
    program.move32(A, 0);
    program.jump(done);
    program.place(fits);
    program.alu32(A, operator, count);
    program.place(done);
  }

  #jump(instruction: ClassicInstruction, index: number): void {
    const { code, k } = instruction;
    const [yes = index, no = yes] = classicSuccessors(instruction, index);
    const condition = jumps[code & 0xf0];
    const operand = code & CLASSIC_X ? X : k;
    if (yes === no) {
      this.#goOn(yes, index);
    } else if (condition === undefined) {
      throw unknown("jump", code);
    } else if (yes === index + 1 && condition.otherwise !== undefined) {
      this.#program.jumpIf32(A, condition.otherwise, operand, this.#labelOf(no));
    } else {
      this.#program.jumpIf32(A, condition.when, operand, this.#labelOf(yes));
      this.#goOn(no, index);
    }
  }

  #goOn(target: number, index: number): void {
    if (target !== index + 1) this.#program.jump(this.#labelOf(target));
  }

  #return({ code, k }: ClassicInstruction): void {
    this.#program.move32("r0", (code & 0x18) === CLASSIC_RETURN_A ? A : k);
    this.#program.exit();
  }

  #labelOf(index: number): Label {
    const label = this.#labels[index];
    if (label === undefined) throw new Error(`classic BPF has no instruction ${index} in this program`);
    return label;
  }
}

function unknown(what: string, code: number): Error {
  return new Error(`classic BPF has no ${what} with the code ${code}`);
}

function usesMemory({ code }: ClassicInstruction): boolean {
  const family = code & 0x07;
  const isStore = family === ClassicClass.ST || family === ClassicClass.STX;
  return isStore || (family <= ClassicClass.LDX && (code & 0xe0) === ClassicMode.MEM);
}

function memoryOffset(word: number): number {
  if (word >= CLASSIC_MEMORY_WORDS) throw new Error(`classic BPF has no scratch memory M[${word}]`);
  return LOADS_STACK - 4 * (word + 1);
}
