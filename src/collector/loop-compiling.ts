/**
 * Lets V8 compile loops on the thread that runs them, while that gets to know the kernel.
 *
 * Problem: a start goes through a million words once. V8 compiles such a loop on another thread and asks for the
 *          result at every turn of the loop meanwhile: in an emulated machine that takes four times the CPU time of
 *          the compiling.
 * Limits:  for the whole process, and V8 takes no code of the build while it is so (collector/inlining.ts): nothing
 *          may be loaded meanwhile. A trace that runs must not wait for the compiler, so it ends when one begins.
 *
 * Flag: concurrent_osr of v8/src/flags/flag-definitions.h, of every V8 from Node.js 20 to 25.
 */
import { setFlagsFromString } from "node:v8";

/** Begins it. */
export function compileLoopsInPlace(): void {
  setFlagsFromString("--no-concurrent-osr");
}

/** Ends it: V8's default. */
export function compileLoopsBeside(): void {
  setFlagsFromString("--concurrent-osr");
}
