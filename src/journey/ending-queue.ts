/** Journeys that have ended and wait to be delivered, in the order of their ends. */
import { NONE } from "./none.js";

/** A queue of slots. */
export class EndingQueue {
  #slots: number[] = [];
  #head = 0;

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#head === this.#slots.length;
  }

  /** The slot whose turn is next; NONE when nothing waits. */
  get first(): number {
    return this.#slots[this.#head] ?? NONE;
  }

  /** Adds a slot. */
  push(slot: number): void {
    this.#slots.push(slot);
  }

  /** Takes the first slot out. */
  shift(): number {
    const slot = this.first;
    this.#head++;
    if (this.isEmpty) {
      this.#slots = [];
      this.#head = 0;
    }
    return slot;
  }
}
