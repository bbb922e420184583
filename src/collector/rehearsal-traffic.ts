/** Packets that never were, for a pipeline: journeys over and over, each with a number of its own. */
import { hopLayout } from "../decode/layout.js";
import { type TimeBase, timeBase } from "../decode/record.js";
import { writeRecord } from "../decode/write-record.js";
import type { Pipeline } from "./pipeline.js";
import { journeys } from "./rehearsal-journeys.js";

/** Journeys that are open at the same time: each slice is a hop of all of them, at most 0.5 ms. */
export const OPEN = journeys.length * 4;
/** Records of the longest. */
export const STEPS = Math.max(...journeys.map(({ length }) => length));
/** Room for each record: more than the longest has. */
const WORDS = 64;
const TIME = hopLayout.time_ns / 4;
const JOURNEY = hopLayout.journey / 4;
const SKB = hopLayout.skb / 4;
/** Times between two records, and once in a round: numbers of any size are to be met. */
const STEP_NS = 100;
const PAUSE_NS = 5e9;
/** The numbers of journeys begin with that of a CPU: upper half of those of the second one (bpf/track.h). */
const CPU = 256;

/** The records of all journeys, one step of one journey after the other; time, number and address are written later. */
function allRecords(): { words: Uint32Array; sizes: number[] } {
  const words = new Uint32Array(journeys.length * STEPS * WORDS);
  const sizes = journeys.flatMap((steps, n) =>
    Array.from({ length: STEPS }, (_, step) => {
      const fields = steps[step];
      const at = (n * STEPS + step) * WORDS;
      return fields === undefined ? 0 : writeRecord(words, at, { timeNs: 0, journey: 0, ...fields });
    }),
  );
  return { words, sizes };
}

/** What goes through one pipeline. */
export class Traffic {
  readonly #pipeline: Pipeline;
  readonly #base: TimeBase;
  readonly #records = allRecords();
  #timeNs = 0;
  #journeys = 0;

  constructor(pipeline: Pipeline, baseNs: bigint) {
    this.#pipeline = pipeline;
    this.#base = timeBase(baseNs);
  }

  /** Gives one step, from 0 to {@link STEPS} - 1, of all journeys that are open. */
  take(step: number): void {
    for (let n = 0; n < OPEN; n++) this.#give(n, step);
    this.#pipeline.advance(this.#timeNs);
    if (step === 2) this.#timeNs += PAUSE_NS;
    if (step === STEPS - 1) this.#journeys += OPEN;
  }

  #give(n: number, step: number): void {
    const { words, sizes } = this.#records;
    const record = (n % journeys.length) * STEPS + step;
    const bytes = sizes[record] as number;
    if (bytes === 0) return;
    const at = record * WORDS;
    this.#timeNs += STEP_NS;
    // Every fifth is older than its journey's record before: another CPU was late.
    const late = step % 4 === 1 && n % 5 === 0 ? 2 * OPEN * STEP_NS : 0;
    const low = this.#base.low + this.#timeNs - late;
    words[at + TIME] = low;
    words[at + TIME + 1] = this.#base.high + Math.floor(low / 2 ** 32);
    words[at + JOURNEY] = this.#journeys + n;
    words[at + JOURNEY + 1] = CPU * ((n >>> 2) & 3);
    words[at + SKB] = (n % journeys.length) * 64;
    this.#pipeline.accept(words, at, bytes);
  }
}
