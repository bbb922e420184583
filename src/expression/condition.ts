/** From the text of a condition to the function that asks it. */
import type { TypeTable } from "../btf/type-table.js";
import type { Instruction } from "../ebpf/instruction.js";
import { Program } from "../ebpf/program.js";
import type { Parsed } from "../filter/parsed.js";
import { Fault, withCaret } from "./fault.js";
import { Generator } from "./generate.js";
import { writeTruth } from "./generate-truth.js";
import { choosePointers } from "./kept.js";
import { parse } from "./parse.js";
import { asValue, resolve } from "./resolve.js";
import type { Value } from "./typed.js";

/**
 * A function that takes an sk_buff in r1 and returns 1 where the condition holds, 0 where it does
 * not or where something that it asks for is absent.
 */
export function compileCondition(text: string, table: TypeTable): Parsed<readonly Instruction[]> {
  return explained(text, () => {
    const node = parse(text);
    return writeCondition(asValue(table, resolve(table, node), node), { at: node.at, end: node.end });
  });
}

/** What is computed, or with a message the fault that was thrown. */
function explained<T>(text: string, compute: () => T): Parsed<T> {
  try {
    return { value: compute() };
  } catch (reason) {
    if (reason instanceof Fault) return { error: withCaret(text, reason) };
    throw reason;
  }
}

function writeCondition(value: Value, span: { at: number; end: number }): readonly Instruction[] {
  const program = new Program();
  const generator = new Generator(program, span);
  program.move("r6", "r1");
  generator.keep(choosePointers([value]));
  writeTruth(generator, value);
  // 2: it holds; 1: something is absent.
  program.alu("r0", ">>", 1);
  program.exit();
  return program.finish();
}
