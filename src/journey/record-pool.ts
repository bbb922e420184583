/**
 * What only some hops have: the flow_record where a flow changed (NAT, encapsulation), the block
 * of values where modules collect. The pool begins small and grows; it is bounded by the hops that
 * can be open.
 */
import { copyWords } from "./copy-words.js";
import { NONE } from "./none.js";

const INITIAL_CAPACITY = 256;

/** A pool of records of one size, by index. */
export class RecordPool {
  /** 32-bit words of a record. */
  readonly size: number;
  #words: Uint32Array;
  #next = new Int32Array(INITIAL_CAPACITY).fill(NONE);
  #free = NONE;
  /** Indices below it have been handed out at least once. */
  #used = 0;

  constructor(size: number) {
    this.size = size;
    this.#words = new Uint32Array(INITIAL_CAPACITY * size);
  }

  /** All records, `size` words apiece; another array after {@link put}. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** Keeps a copy of the record at a word of `source`; its index. */
  put(source: Uint32Array, at: number): number {
    let index = this.#free;
    if (index === NONE) index = this.#fresh();
    else this.#free = this.#next[index] as number;
    copyWords(source, at, this.#words, index * this.size, this.size);
    return index;
  }

  /** Gives an index back. */
  release(index: number): void {
    this.#next[index] = this.#free;
    this.#free = index;
  }

  #fresh(): number {
    if (this.#used === this.#next.length) {
      const [words, next] = [this.#words, this.#next];
      this.#words = new Uint32Array(words.length * 2);
      this.#words.set(words);
      this.#next = new Int32Array(next.length * 2).fill(NONE);
      this.#next.set(next);
    }
    return this.#used++;
  }
}
