/**
 * How V8 compiles while a thread gets to know the kernel: what it runs then, it runs once.
 *
 * Problem: V8 compiles a loop on another thread and asks for the result at every turn of the loop meanwhile: in an
 *          emulated machine that takes four times the CPU time of the compiling. And functions that run for a
 *          moment are compiled for a future that they do not have.
 * Choice:  loops are compiled where they run, and functions later.
 * Limits:  for the whole process, and V8 takes no code of the build while it is so (collector/inlining.ts): nothing
 *          may be loaded meanwhile. A trace that runs must not wait for the compiler, so it ends when one begins.
 *
 * Flags: v8/src/flags/flag-definitions.h; concurrent_osr of every V8 from Node.js 20 to 25, interrupt_budget (bytes
 * of bytecode that are run before a function is looked at) of Node.js 20 only.
 */
import { setFlagsFromString } from "node:v8";

const hasBudget = process.versions.v8.startsWith("11.3.");
const DEFAULT_BUDGET_BYTES = 67_584;
const START_BUDGET_BYTES = 400_000;

/** Begins it. */
export function compileForStart(): void {
  setFlagsFromString("--no-concurrent-osr");
  if (hasBudget) setFlagsFromString(`--interrupt-budget=${START_BUDGET_BYTES}`);
}

/** Ends it: V8's defaults. */
export function compileAsEver(): void {
  setFlagsFromString("--concurrent-osr");
  if (hasBudget) setFlagsFromString(`--interrupt-budget=${DEFAULT_BUDGET_BYTES}`);
}
