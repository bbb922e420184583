/**
 * Public numbers of journeys that are closed, for those that come from them later. Bounded:
 * most packets leave nothing behind.
 */
import { KeyTable } from "./key-table.js";
import { NONE } from "./none.js";

const MAX_KEPT = 65_536;

/** Kernel number → public number, the oldest forgotten first. */
export class ClosedIds {
  /** The newest entries, one behind the other, in a circle. */
  readonly #keys = new Float64Array(MAX_KEPT);
  readonly #publicIds = new Float64Array(MAX_KEPT);
  /** Where in the circle a key is. */
  readonly #places = new KeyTable(MAX_KEPT);
  #count = 0;

  /** Remembers a journey. */
  put(key: number, publicId: number): void {
    const place = this.#count % MAX_KEPT;
    if (this.#count++ >= MAX_KEPT) this.#forget(place);
    this.#keys[place] = key;
    this.#publicIds[place] = publicId;
    this.#places.set(key, place);
  }

  /** A journey that was split at its limit of hops was put more than once: the newest stays. */
  #forget(place: number): void {
    const oldest = this.#keys[place] as number;
    if (this.#places.get(oldest) === place) this.#places.delete(oldest);
  }

  /** The public number; 0 when it is not known. */
  get(key: number): number {
    const place = this.#places.get(key);
    return place === NONE ? 0 : (this.#publicIds[place] as number);
  }
}
