/** The open journeys of a slab, from the one that has been idle longest to the newest. */
import { NONE } from "./none.js";
import type { Slab } from "./slab.js";

/** A list through the slab's `older` and `newer`. */
export class OpenList {
  readonly #slab: Slab;
  #oldest = NONE;
  #newest = NONE;
  /** Journeys in the list. */
  count = 0;

  constructor(slab: Slab) {
    this.#slab = slab;
  }

  /** The journey that has been idle longest; {@link NONE} when none is open. */
  get oldest(): number {
    return this.#oldest;
  }

  /** Adds a slot as the newest. */
  add(slot: number): void {
    this.#slab.older[slot] = this.#newest;
    this.#slab.newer[slot] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#slab.newer[this.#newest] = slot;
    this.#newest = slot;
    this.count++;
  }

  /** Takes a slot out. */
  remove(slot: number): void {
    const { older, newer } = this.#slab;
    const before = older[slot] as number;
    const after = newer[slot] as number;
    if (before === NONE) this.#oldest = after;
    else newer[before] = after;
    if (after === NONE) this.#newest = before;
    else older[after] = before;
    this.count--;
  }

  /** Makes a slot the newest. */
  touch(slot: number): void {
    if (slot === this.#newest) return;
    this.remove(slot);
    this.add(slot);
  }

  /** All slots, the one that has been idle longest first. */
  *slots(): Generator<number> {
    for (let slot = this.#oldest; slot !== NONE; slot = this.#slab.newer[slot] as number) yield slot;
  }
}
