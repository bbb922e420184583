/**
 * Lets V8 compile the way of an event, from the ring to the batch, as one piece.
 *
 * Problem: V8 stops inlining when a function has grown by 920 bytes of bytecode. What is then called has its
 *          numbers beyond 31 bits (times, journeys) boxed: an object for an event, and twice the time.
 * Choice:  a larger budget, for the whole process; test/bench/ring.ts measures it, test/encode/garbage.test.ts
 *          counts the garbage.
 *
 * Budgets: v8/src/flags/flag-definitions.h, of every V8 from Node.js 20 to 25.
 */
import { setFlagsFromString } from "node:v8";

/**
 * To be called when a trace starts, or is rehearsed: before events come, and after everything is loaded. V8 takes
 * code that was compiled with other flags neither from the build (release/load-bundle.ts) nor from Node.js, whose
 * own modules then take three times as long to load.
 */
export function inlineHotPath(): void {
  setFlagsFromString("--max-inlined-bytecode-size=2000");
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=5000");
}

/**
 * Hands memory over, as the first batch will. To be called before events come: until this thread does it for the
 * first time V8 takes it that nobody does, and then throws away all code that it made with that in mind.
 */
export function expectTransfers(): void {
  const memory = new ArrayBuffer(1);
  structuredClone(memory, { transfer: [memory] });
}
