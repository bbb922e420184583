/**
 * Numbers by number, in one typed array: what a Map does, without an object for a key and
 * without the tombstones that make forgetting the oldest entry of a large Map slow.
 *
 * Open addressing with linear probing; a deleted entry's place is filled by those behind it (Knuth, The
 * Art of Computer Programming 6.4, algorithm R), so that a table stays as quick as it was.
 *
 * Keys come in runs: a CPU numbers its journeys one after the other. Four neighbours stay
 * neighbours, in one line of the cache; the next four lie anywhere.
 */
import { NONE } from "./none.js";

const TWO_32 = 4_294_967_296;
/** 2^32 divided by the golden ratio: numbers that are near come far apart (Knuth 6.4). */
const SPREAD = 0x9e37_79b1;
const RUN_BITS = 2;
const RUN_MASK = 2 ** RUN_BITS - 1;

/** A table of up to so many entries: keys are integers from 0 to 2^53 - 1, values from 0 to 2^31 - 1. */
export class KeyTable {
  /** Key, then value plus 1; 0 where a place is free, so that memory is not touched before it is used. */
  readonly #pairs: Float64Array;
  readonly #mask: number;
  readonly #runShift: number;
  readonly #maxEntries: number;
  /** Entries. */
  size = 0;

  constructor(maxEntries: number) {
    const bits = Math.max(RUN_BITS + 1, 32 - Math.clz32(maxEntries * 2 - 1));
    this.#pairs = new Float64Array(2 * 2 ** bits);
    this.#mask = 2 ** bits - 1;
    this.#runShift = 32 - bits + RUN_BITS;
    this.#maxEntries = maxEntries;
  }

  #home(key: number): number {
    const low = key >>> 0;
    const high = (key / TWO_32) >>> 0;
    const run = Math.imul((low >>> RUN_BITS) ^ Math.imul(high, SPREAD), SPREAD) >>> this.#runShift;
    return (run << RUN_BITS) | (low & RUN_MASK);
  }

  /** The place of a key, or the free one where it would be. */
  #find(key: number): number {
    const pairs = this.#pairs;
    const mask = this.#mask;
    let at = this.#home(key);
    // A free place has any key: its value says that it is free.
    while (pairs[2 * at + 1] !== 0 && pairs[2 * at] !== key) at = (at + 1) & mask;
    return at;
  }

  /** The value of a key; NONE if there is none. */
  get(key: number): number {
    return (this.#pairs[2 * this.#find(key) + 1] as number) + NONE;
  }

  /** Sets the value of a key. @throws RangeError when the table is full */
  set(key: number, value: number): void {
    const at = this.#find(key);
    if (this.#pairs[2 * at + 1] === 0) {
      if (this.size === this.#maxEntries) throw new RangeError(`a table of ${this.size} entries is full`);
      this.size++;
      this.#pairs[2 * at] = key;
    }
    this.#pairs[2 * at + 1] = value - NONE;
  }

  /** Forgets a key; nothing happens if it is not there. */
  delete(key: number): void {
    const pairs = this.#pairs;
    const mask = this.#mask;
    let free = this.#find(key);
    if (pairs[2 * free + 1] === 0) return;
    this.size--;
    for (let at = (free + 1) & mask; pairs[2 * at + 1] !== 0; at = (at + 1) & mask) {
      // An entry may move forward as far as its home, not beyond.
      const fromHome = (at - this.#home(pairs[2 * at] as number)) & mask;
      if (fromHome < ((at - free) & mask)) continue;
      pairs[2 * free] = pairs[2 * at] as number;
      pairs[2 * free + 1] = pairs[2 * at + 1] as number;
      free = at;
    }
    pairs[2 * free + 1] = 0;
  }
}
