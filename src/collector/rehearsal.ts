/**
 * Goes the way of an event before there are any, so that the first trace of a server finds it compiled.
 *
 * Problem: V8 compiles what it has seen often enough: the first 65,536 events of a server took 63 to 72 ms of this
 *          thread, and so long on two busy cores that batches were half a second late.
 * Choice:  records of packets that never were go through pipelines that are thrown away. That is done in slices,
 *          between which this thread does whatever else is due, and ends at once when it is told to.
 * Limits:  V8 throws away what it has compiled when it comes upon something that it has never seen there: what
 *          rehearsal-journeys.ts leaves out (call stacks, conditions on journeys) is compiled again.
 */
import { expectTransfers, inlineHotPath } from "./inlining.js";
import { Pipeline } from "./pipeline.js";
import { CUSTOM_BYTES, customFields, MAX_HOPS } from "./rehearsal-journeys.js";
import { OPEN, STEPS, Traffic } from "./rehearsal-traffic.js";
import { turn } from "./turns.js";

/** Twice as many as V8 takes until it has compiled what matters: 40,000 events for each pipeline. */
const ROUNDS = 30;
const names = {
  functions: Array.from({ length: 7 }, (_, n) => [n + 1, `ip_local_deliver${n}`] as const),
  dropReasons: { names: new Map([[5, "NO_SOCKET"]]), subsystems: new Map([[0, "core"]]) },
  symbols: () => ({ at: String, near: String }),
  customFields,
  customBytes: CUSTOM_BYTES,
};
/** Too little room for some. */
const limits = {
  ...{ maxHops: MAX_HOPS, idleTimeoutNs: 10e9, maxOpen: OPEN - 16, maxOpenHops: OPEN * 7 },
  customBytes: CUSTOM_BYTES,
};

/** A pipeline. `functionIds` as in a trace by instruction pointers. */
function pipelineOf(functionNames: boolean, baseNs: bigint, functionIds?: ReadonlyMap<number, number>): Pipeline {
  return new Pipeline({
    ...{ spec: { functionNames, batchDelayMs: 1, batchJourneys: 128 }, limits, baseNs },
    meaning: { names, isWanted: undefined },
    kernel: { stacks: undefined, tracking: { untrack: () => 0 }, functionIds },
    output: { batch: () => {}, dictionary: () => {} },
  });
}

/** The rehearsal of a thread. */
export class Rehearsal {
  #isOver = false;
  /** V8 throws code away when the last object is gone that it was made for: nothing goes through this one. */
  #kept: Pipeline | undefined;

  /** Resolves with whether everything is compiled; false when it was told to stop. To be called after everything is loaded: {@link inlineHotPath}. */
  async run(): Promise<boolean> {
    if (this.#isOver || this.#kept !== undefined) return false;
    inlineHotPath();
    expectTransfers();
    // Both encodings, and times on both sides of 2^31, before V8 compiles for one of them only.
    const [late, early] = [0x7_ffff_0000n, 0x7_0000_1000n];
    const byAddress = pipelineOf(true, early, new Map([[1, 1]]));
    const all = [new Traffic(pipelineOf(false, late), late), new Traffic(byAddress, early)];
    for (let slice = 0; slice < ROUNDS * STEPS; slice++) {
      for (const traffic of all) {
        await turn();
        if (this.#isOver) return false;
        traffic.take(slice % STEPS);
      }
    }
    this.#kept = pipelineOf(false, early);
    return true;
  }

  /** Ends it. */
  stop(): void {
    this.#isOver = true;
  }
}
