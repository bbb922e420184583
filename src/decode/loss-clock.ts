/** Notes when something that is only counted was lost. */
import { type LossTimes, NEVER } from "./counters.js";

/** The times of one count, which grows. */
export class LossClock {
  #count = 0;
  #times = NEVER;

  /** Takes the count as of `nowNs`, CLOCK_MONOTONIC; the times as they are then. */
  update(count: number, nowNs: bigint): LossTimes {
    if (count > this.#count) this.#times = { firstNs: this.#count === 0 ? nowNs : this.#times.firstNs, lastNs: nowNs };
    this.#count = count;
    return this.#times;
  }
}
