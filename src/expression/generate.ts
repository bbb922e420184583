/**
 * Writes eBPF for typed trees: a value ends up in r0, extended to 64 bits by its type's sign, or
 * the program jumps to where absent values go.
 *
 * r6 is the sk_buff; r7 to r9 are the caller's; the stack is laid out in frame.ts.
 */
import type { Label, Program } from "../ebpf/program.js";
import { type ScalarType, unsignedLong } from "./c-type.js";
import { Fault, type Span } from "./fault.js";
import { keptAt, MAX_OPERANDS, operandAt, READ_AT } from "./frame.js";
import { writeArithmetic } from "./generate-arithmetic.js";
import { ABSENT, FALSE, SIZES, writeTruth } from "./generate-truth.js";
import { keyOf } from "./kept.js";
import type { Bits, Value } from "./typed.js";

/** Where a read goes: r10 is the stack. */
interface Target {
  readonly register: "r10" | "r7";
  readonly offset: number;
}

/** Writes values into one function. */
export class Generator {
  readonly program: Program;
  readonly #span: Span;
  readonly #kept = new Map<string, number>();
  #depth = 0;

  /** `span` is what a message about too deep an expression points to. */
  constructor(program: Program, span: Span) {
    this.program = program;
    this.#span = span;
  }

  /** Computes pointers that later values use; an absent one is kept as NULL. */
  keep(pointers: ReadonlyMap<string, Value>): void {
    const { program } = this;
    for (const [key, pointer] of pointers) {
      const [absent, done] = [program.label(), program.label()];
      this.value(pointer, absent);
      program.jump(done);
      program.place(absent);
      this.hiddenZero("r0");
      program.place(done);
      const n = this.#kept.size;
      program.store("u64", "r10", keptAt(n), "r0");
      this.#kept.set(key, n);
    }
  }

  /**
   * A 0 that the verifier takes for any number.
   * Problem: in a program with functions, Linux 5.10 compares every number that it knows when it asks
   *          whether it has been here before (reg->precise of kernel/bpf/verifier.c), and follows each
   *          combination of what is there and what is absent by itself: 2^40, so that it gives up.
   * Choice:  what stays over a branch is a number of which it knows nothing.
   */
  hiddenZero(register: "r0" | "r8"): void {
    this.program.move(register, "r6");
    this.program.alu(register, "^", -1);
    this.program.alu(register, "&", "r6");
  }

  /** Computes a value into r0, or jumps. */
  value(value: Value, absent: Label): void {
    switch (value.op) {
      case "constant":
        this.#constant(value.value);
        break;
      case "packet":
        this.program.move("r0", "r6");
        break;
      case "load":
        this.#load(value, absent);
        break;
      case "address":
        this.pointer(value.base, absent);
        if (value.offset !== 0) this.program.alu("r0", "+", value.offset);
        break;
      case "arithmetic":
        this.operands(value.left, value.right, absent);
        writeArithmetic(this, value, absent);
        break;
      case "choice":
        this.#choice(value, absent);
        break;
      case "compare":
      case "sameText":
      case "logic":
      case "not":
        writeTruth(this, value);
        this.program.jumpIf("r0", "==", ABSENT, absent);
        this.program.alu("r0", ">>", 1);
        break;
      default:
        this.value(value.of, absent);
        this.#unary(value, absent);
    }
  }

  /** What becomes of the operand in r0. */
  #unary(value: Extract<Value, { op: "bounded" | "convert" | "swap" | "negate" | "complement" }>, absent: Label): void {
    const { program } = this;
    switch (value.op) {
      case "bounded":
        program.jumpIf("r0", ">=", value.count, absent);
        break;
      case "convert":
        this.#convert(value.of.type, value.type);
        break;
      case "swap":
        program.swapNetworkOrder("r0", value.bits);
        break;
      case "negate":
        program.alu("r0", "^", -1);
        program.alu("r0", "+", 1);
        this.normalize(value.type);
        break;
      case "complement":
        program.alu("r0", "^", -1);
        this.normalize(value.type);
    }
  }

  /** Cuts r0 to the width of a type and extends it by its sign. */
  normalize(type: ScalarType): void {
    if (type.kind === "pointer" || type.bytes === 8) return;
    const spare = 64 - type.bytes * 8;
    this.program.alu("r0", "<<", spare);
    this.program.alu("r0", type.isSigned ? "s>>" : ">>", spare);
  }

  /** Reads memory at a base and an offset to where a register points, or jumps. */
  read(
    base: Value,
    offset: number,
    bytes: number,
    absent: Label,
    to: Target = { register: "r10", offset: READ_AT },
  ): void {
    this.#prepareRead(base, offset, bytes, absent, to);
    this.program.call("probeReadKernel");
    this.program.jumpIf("r0", "!=", 0, absent);
  }

  /** The same for a text, up to its NUL; what is behind it stays as it was. */
  readText(base: Value, offset: number, bytes: number, absent: Label, to: Target): void {
    this.#prepareRead(base, offset, bytes, absent, to);
    this.program.call("probeReadKernelText");
    this.program.jumpIf("r0", "s<", 0, absent);
  }

  #prepareRead(base: Value, offset: number, bytes: number, absent: Label, to: Target): void {
    const { program } = this;
    if (base.op === "packet") program.move("r3", "r6");
    else {
      this.pointer(base, absent);
      program.move("r3", "r0");
    }
    if (offset !== 0) program.alu("r3", "+", offset);
    program.move("r1", to.register);
    if (to.offset !== 0) program.alu("r1", "+", to.offset);
    program.move("r2", bytes);
  }

  /** Computes a pointer that is not NULL into r0, or jumps. */
  pointer(base: Value, absent: Label): void {
    const kept = this.#kept.get(keyOf(base));
    if (kept !== undefined) this.program.load("u64", "r0", "r10", keptAt(kept));
    else this.value(base, absent);
    // The address of something behind a pointer that is not NULL is none either.
    if (kept !== undefined || base.op !== "address") this.program.jumpIf("r0", "==", 0, absent);
  }

  #constant(value: bigint): void {
    const wide = BigInt.asIntN(64, value);
    if (wide === BigInt.asIntN(32, wide)) this.program.move("r0", Number(wide));
    else this.program.moveWide("r0", wide);
  }

  #load(value: Extract<Value, { op: "load" }>, absent: Label): void {
    const { type, bits } = value;
    const bytes = bits?.bytes ?? (type.kind === "pointer" ? 8 : type.bytes);
    this.read(value.base, value.offset, bytes, absent);
    this.program.load(SIZES[bytes], "r0", "r10", READ_AT);
    const isSigned = type.kind === "integer" && type.isSigned;
    if (bits !== undefined) this.#extract(bits, isSigned);
    else if (isSigned) this.normalize(type);
  }

  #extract({ shift, width }: Bits, isSigned: boolean): void {
    const { program } = this;
    if (64 - width - shift > 0) program.alu("r0", "<<", 64 - width - shift);
    program.alu("r0", isSigned ? "s>>" : ">>", 64 - width);
  }

  #convert(from: ScalarType, to: ScalarType): void {
    if (to.kind === "integer" && to.isBool) {
      const done = this.program.label();
      this.program.jumpIf("r0", "==", 0, done);
      this.program.move("r0", 1);
      this.program.place(done);
      return;
    }
    const [source, target] = [from, to].map((type) => (type.kind === "integer" ? type : unsignedLong));
    if (source === undefined || target === undefined) return;
    const isWider = target.bytes > source.bytes && (target.isSigned || !source.isSigned || target.bytes === 8);
    const isSame = target.bytes === source.bytes && target.isSigned === source.isSigned;
    if (!isWider && !isSame) this.normalize(target);
  }

  /** Computes the left one into r1 and the right one into r0, or jumps. */
  operands(left: Value, right: Value, absent: Label): void {
    const { program } = this;
    this.value(left, absent);
    if (right.op === "constant") {
      program.move("r1", "r0");
      this.#constant(right.value);
    } else {
      this.waiting((at) => {
        program.store("u64", "r10", at, "r0");
        this.value(right, absent);
        program.load("u64", "r1", "r10", at);
      });
    }
  }

  /** Keeps a place on the stack while something else is computed. */
  waiting(write: (at: number) => void): void {
    if (this.#depth >= MAX_OPERANDS) {
      throw new Fault(this.#span, `more than ${MAX_OPERANDS} operands wait for others in parentheses: simplify it`);
    }
    write(operandAt(this.#depth++));
    this.#depth--;
  }

  #choice({ condition, yes, no }: Extract<Value, { op: "choice" }>, absent: Label): void {
    const { program } = this;
    const [otherwise, done] = [program.label(), program.label()];
    writeTruth(this, condition);
    program.jumpIf("r0", "==", ABSENT, absent);
    program.jumpIf("r0", "==", FALSE, otherwise);
    this.value(yes, absent);
    program.jump(done);
    program.place(otherwise);
    this.value(no, absent);
    program.place(done);
  }
}
