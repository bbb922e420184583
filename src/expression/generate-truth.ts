/**
 * Writes what holds and what does not: comparisons, and, or, not.
 *
 * Truth has three values, because a field that cannot be read is neither: absent && false is
 * false, absent || true is true, everything else that touches absent is absent.
 */
import type { Condition, Size } from "../ebpf/opcodes.js";
import type { Label, Program } from "../ebpf/program.js";
import { READ_AT } from "./frame.js";
import type { Truth, Value } from "./typed.js";

/** Loads and stores by their bytes. */
export const SIZES = { 1: "u8", 2: "u16", 4: "u32", 8: "u64" } as const satisfies Record<number, Size>;

/** Truths in r0: the smaller of two is their "&&", the larger their "||". */
export const FALSE = 0;
/** Neither: see above. */
export const ABSENT = 1;
const TRUE = 2;

/** What is needed of the generator. */
interface Target {
  readonly program: Program;
  value(value: Value, absent: Label): void;
  operands(left: Value, right: Value, absent: Label): void;
  waiting(write: (at: number) => void): void;
  read(base: Value, offset: number, bytes: number, absent: Label): void;
}

/** Computes whether something holds into r0: 0 no, 1 absent, 2 yes. */
export function writeTruth(target: Target, value: Value): void {
  if (value.op === "logic") writeLogic(target, value);
  else if (value.op === "not") writeNot(target, value.of);
  else writeTest(target, value);
}

function writeTest(target: Target, value: Value): void {
  const { program } = target;
  const [absent, no, done] = [program.label(), program.label(), program.label()];
  if (value.op === "compare") writeComparison(target, value, no, absent);
  else if (value.op === "sameText") writeSameText(target, value, no, absent);
  else {
    target.value(value, absent);
    program.jumpIf("r0", "==", 0, no);
  }
  program.move("r0", TRUE);
  program.jump(done);
  program.place(absent);
  program.move("r0", ABSENT);
  program.jump(done);
  program.place(no);
  program.move("r0", FALSE);
  program.place(done);
}

function writeNot(target: Target, of: Value): void {
  const { program } = target;
  writeTruth(target, of);
  program.move("r1", "r0");
  program.move("r0", TRUE);
  program.alu("r0", "-", "r1");
}

function writeLogic(target: Target, { operator, left, right }: Extract<Truth, { op: "logic" }>): void {
  const { program } = target;
  const done = program.label();
  writeTruth(target, left);
  program.jumpIf("r0", "==", operator === "||" ? TRUE : FALSE, done);
  target.waiting((at) => {
    program.store("u64", "r10", at, "r0");
    writeTruth(target, right);
    program.load("u64", "r1", "r10", at);
  });
  program.jumpIf("r0", operator === "||" ? ">=" : "<=", "r1", done);
  program.move("r0", "r1");
  program.place(done);
}

function writeComparison(
  target: Target,
  { operator, left, right, isSigned }: Extract<Truth, { op: "compare" }>,
  no: Label,
  absent: Label,
): void {
  const { program } = target;
  const yes = program.label();
  const hasSign = isSigned && operator !== "==" && operator !== "!=";
  target.operands(left, right, absent);
  program.jumpIf("r1", `${hasSign ? "s" : ""}${operator}` as Condition, "r0", yes);
  program.jump(no);
  program.place(yes);
}

function writeSameText(
  target: Target,
  { address, bytes }: Extract<Truth, { op: "sameText" }>,
  no: Label,
  absent: Label,
): void {
  const { program } = target;
  const [base, offset] = address.op === "address" ? [address.base, address.offset] : [address, 0];
  target.read(base, offset, bytes.length, absent);
  for (let at = 0; at < bytes.length; ) {
    const size = ([4, 2, 1] as const).find((one) => at + one <= bytes.length) ?? 1;
    program.load(SIZES[size], "r1", "r10", READ_AT + at);
    program.jumpIf32("r1", "!=", bytes.readUIntLE(at, size) | 0, no);
    at += size;
  }
}
