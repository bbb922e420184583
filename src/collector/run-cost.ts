/** What the programs of all traces have cost so far, those of traces that have ended included. Pure. */
import type { RunsSoFar } from "./overhead.js";

/** Adds up what traces tell of themselves. */
export class RunCost {
  readonly #open = new Map<number, RunsSoFar>();
  #ended: RunsSoFar = { runTimeNs: 0n, runs: 0n };

  /** The sum as of what was told last. */
  get total(): RunsSoFar {
    return [...this.#open.values()].reduce(plus, this.#ended);
  }

  /** What a trace has cost since it started; undefined where that is not measured. */
  note(id: number, cost: RunsSoFar | undefined): void {
    if (cost !== undefined) this.#open.set(id, cost);
  }

  /** A trace has ended. */
  end(id: number): void {
    const cost = this.#open.get(id);
    if (cost === undefined) return;
    this.#open.delete(id);
    this.#ended = plus(this.#ended, cost);
  }
}

function plus(sum: RunsSoFar, { runTimeNs, runs }: RunsSoFar): RunsSoFar {
  return { runTimeNs: sum.runTimeNs + runTimeNs, runs: sum.runs + runs };
}
