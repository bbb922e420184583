/** Journeys that have ended and wait to be delivered, in the order of their ends. */
import { NONE } from "./none.js";

/** A queue of slots, each at most once. */
export class EndingQueue {
  /** A circle with room for every slot. */
  readonly #slots: Int32Array;
  #head = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#slots = new Int32Array(capacity);
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The slot whose turn is next; NONE when nothing waits. */
  get first(): number {
    return this.#count === 0 ? NONE : (this.#slots[this.#head] as number);
  }

  /** Adds a slot. */
  push(slot: number): void {
    const end = this.#head + this.#count++;
    this.#slots[end < this.#slots.length ? end : end - this.#slots.length] = slot;
  }

  /** Takes the first slot out. */
  shift(): number {
    const slot = this.first;
    this.#count--;
    this.#head = this.#head + 1 === this.#slots.length ? 0 : this.#head + 1;
    return slot;
  }

  /** All slots, the first one first. */
  *slots(): Generator<number> {
    for (let n = 0; n < this.#count; n++) yield this.#slots[(this.#head + n) % this.#slots.length] as number;
  }
}
