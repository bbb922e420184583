/** From the text of conditions to the function that asks them. */
import type { TypeTable } from "../btf/type-table.js";
import type { Instruction } from "../ebpf/instruction.js";
import { Program } from "../ebpf/program.js";
import type { Span } from "./fault.js";
import { Generator } from "./generate.js";
import { writeTruth } from "./generate-truth.js";
import { choosePointers } from "./kept.js";
import { asValue } from "./resolve.js";
import type { Value } from "./typed.js";
import { type Understood, understand } from "./understand.js";

/** 2: it holds; 1: something is absent. */
const HOLDS = 2;

/** The meaning of a condition. */
export function readCondition(text: string, table: TypeTable): Understood<Value> {
  return understand(text, table, (typed, whole) => {
    const value = asValue(table, typed, whole);
    // What cannot be written is to be told together with its text.
    write([value], whole);
    return value;
  });
}

/**
 * A function that takes an sk_buff in r1 and returns 1 where all conditions hold, 0 where one does
 * not or where something that it asks for is absent.
 */
export function writeConditions(conditions: readonly Value[]): readonly Instruction[] {
  return write(conditions, { at: 0, end: 0 });
}

function write(conditions: readonly Value[], span: Span): readonly Instruction[] {
  const program = new Program();
  const generator = new Generator(program, span);
  const fails = program.label();
  program.move("r6", "r1");
  generator.keep(choosePointers(conditions));
  for (const condition of conditions) {
    writeTruth(generator, condition);
    program.jumpIf("r0", "!=", HOLDS, fails);
  }
  program.move("r0", 1);
  program.exit();
  program.place(fails);
  program.move("r0", 0);
  program.exit();
  return program.finish();
}
