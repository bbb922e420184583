/** Arithmetic in eBPF as C has it: left operand in r1, right one in r0, the result in r0. */
import type { Label, Program } from "../ebpf/program.js";
import type { ScalarType } from "./c-type.js";
import type { Value } from "./typed.js";

/** What is needed of the generator. */
interface Target {
  readonly program: Program;
  normalize(type: ScalarType): void;
}

/** Jumps where C has no answer: a division by zero. */
export function writeArithmetic(
  target: Target,
  { operator, type }: Extract<Value, { op: "arithmetic" }>,
  absent: Label,
): void {
  const { program } = target;
  const isSigned = type.kind === "integer" && type.isSigned;
  switch (operator) {
    case "/":
    case "%":
      program.jumpIf("r0", "==", 0, absent);
      if (isSigned) divideSigned(program, operator);
      else program.alu("r1", operator, "r0");
      break;
    case "<<":
    case ">>":
      // C leaves open what a count beyond the width does; the processor takes its lower bits.
      program.alu("r0", "&", type.kind === "integer" ? type.bytes * 8 - 1 : 63);
      program.alu("r1", operator === ">>" && isSigned ? "s>>" : operator, "r0");
      break;
    default:
      program.alu("r1", operator, "r0");
  }
  program.move("r0", "r1");
  target.normalize(type);
}

/** eBPF divides without signs: the quotient has a sign where the operands differ in theirs, the rest has the dividend's. */
function divideSigned(program: Program, operator: "/" | "%"): void {
  const positive = program.label();
  program.move("r2", "r1");
  absolute(program, "r1");
  if (operator === "/") program.alu("r2", "^", "r0");
  absolute(program, "r0");
  program.alu("r1", operator, "r0");
  program.jumpIf("r2", "s>=", 0, positive);
  negate(program, "r1");
  program.place(positive);
}

function absolute(program: Program, register: "r0" | "r1"): void {
  const positive = program.label();
  program.jumpIf(register, "s>=", 0, positive);
  negate(program, register);
  program.place(positive);
}

function negate(program: Program, register: "r0" | "r1"): void {
  program.move("r3", register);
  program.move(register, 0);
  program.alu(register, "-", "r3");
}
