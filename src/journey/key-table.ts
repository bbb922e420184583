/**
 * Numbers by number, in typed arrays: what a Map does, without an object for a key and
 * without the tombstones that make forgetting the oldest entry of a large Map slow.
 *
 * Open addressing with linear probing; a deleted entry's place is filled by those behind it (Knuth, The
 * Art of Computer Programming 6.4, algorithm R), so that a table stays as quick as it was.
 */
import { NONE } from "./none.js";

const TWO_32 = 4_294_967_296;
/** 2^32 divided by the golden ratio: neighbouring numbers lie far apart (Knuth 6.4). */
const SPREAD = 0x9e37_79b1;

/** A table of up to so many entries: keys are integers from 0 to 2^53 - 1, values from 0 to 2^31 - 1. */
export class KeyTable {
  readonly #keys: Float64Array;
  /** NONE where a place is free. */
  readonly #values: Int32Array;
  readonly #mask: number;
  readonly #shift: number;
  readonly #maxEntries: number;
  /** Entries. */
  size = 0;

  constructor(maxEntries: number) {
    const bits = Math.max(3, 32 - Math.clz32(maxEntries * 2 - 1));
    this.#keys = new Float64Array(2 ** bits);
    this.#values = new Int32Array(2 ** bits).fill(NONE);
    this.#mask = 2 ** bits - 1;
    this.#shift = 32 - bits;
    this.#maxEntries = maxEntries;
  }

  #home(key: number): number {
    const low = key >>> 0;
    const high = (key / TWO_32) >>> 0;
    return Math.imul(low ^ Math.imul(high, SPREAD), SPREAD) >>> this.#shift;
  }

  /** The place of a key, or the free one where it would be. */
  #find(key: number): number {
    let at = this.#home(key);
    while (this.#values[at] !== NONE && this.#keys[at] !== key) at = (at + 1) & this.#mask;
    return at;
  }

  /** The value of a key; NONE if there is none. */
  get(key: number): number {
    return this.#values[this.#find(key)] as number;
  }

  /** Sets the value of a key. @throws RangeError when the table is full */
  set(key: number, value: number): void {
    const at = this.#find(key);
    if (this.#values[at] === NONE) {
      if (this.size === this.#maxEntries) throw new RangeError(`a table of ${this.size} entries is full`);
      this.size++;
      this.#keys[at] = key;
    }
    this.#values[at] = value;
  }

  /** Forgets a key; nothing happens if it is not there. */
  delete(key: number): void {
    let free = this.#find(key);
    if (this.#values[free] === NONE) return;
    this.size--;
    for (let at = (free + 1) & this.#mask; this.#values[at] !== NONE; at = (at + 1) & this.#mask) {
      // An entry may move forward as far as its home, not beyond.
      const isBeyondHome = ((at - this.#home(this.#keys[at] as number)) & this.#mask) >= ((at - free) & this.#mask);
      if (!isBeyondHome) continue;
      this.#keys[free] = this.#keys[at] as number;
      this.#values[free] = this.#values[at] as number;
      free = at;
    }
    this.#values[free] = NONE;
  }
}
