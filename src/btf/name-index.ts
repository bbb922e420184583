/**
 * Names of the kernel by hash, hashed where they stand: making a string of each of 45,000 names, and a Map of
 * those, takes longer than the kernel takes to write them, and most of them nobody asks for.
 *
 * Limits: names of ASCII characters.
 */

const DOT = 0x2e;
/** FNV-1a of 32 bits (Fowler, Noll, Vo). */
const FIRST = 0x811c9dc5;
const PRIME = 0x01000193;
/** No name: what a slot holds that is free. */
const NO_NAME = -1;

/** By its code, whether a character ends a name; the end of the text does, too. */
export type Ends = Readonly<Uint8Array>;
/** NUL: the strings of BTF. */
export const STRING_ENDS = endsWith(0);
/** Newline, blank and tab: lists of symbols. */
export const WORD_ENDS = endsWith(0x0a, 0x20, 0x09);

function endsWith(...codes: readonly number[]): Ends {
  const ends = new Uint8Array(256);
  for (const code of codes) ends[code] = 1;
  return ends;
}

/** The hash of a name that stands in a text, and where the name ends. */
export interface HashedName {
  hash: number;
  end: number;
  /** Where its first dot is; at its end: it has none. */
  dot: number;
}

/** For {@link hashName} to write into, so that no object is made for each name. */
export function noName(): HashedName {
  return { hash: 0, end: 0, dot: 0 };
}

/** Hashes the name that begins at `start`. */
export function hashName(text: Uint8Array, start: number, ends: Ends, found: HashedName): void {
  let hash = FIRST;
  let at = start;
  let dot = -1;
  for (; at < text.length; at++) {
    const code = text[at] as number;
    if (ends[code] === 1) break;
    if (code === DOT && dot < 0) dot = at;
    hash = Math.imul(hash ^ code, PRIME);
  }
  found.hash = hash >>> 0;
  found.end = at;
  found.dot = dot < 0 ? at : dot;
}

/** The same hash of a name by itself. */
export function hashText(name: string): number {
  let hash = FIRST;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), PRIME);
  return hash >>> 0;
}

/** Numbers of names (where they stand, or ids) by hash: an open table. What it finds is compared by who asks. */
export class NameIndex {
  /** A number and one more; 0: free. */
  readonly #numbers: Int32Array;
  readonly #mask: number;

  /** `capacity` is as many names as there may be. */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(2 * capacity + 2));
    this.#numbers = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** The first number added that `isIt` accepts, of those that may have this name; undefined when there is none. */
  find(name: string, isIt: (number: number) => boolean): number | undefined {
    let slot = this.#slotOf(hashText(name));
    while (this.#at(slot) !== NO_NAME && !isIt(this.#at(slot))) slot = this.#after(slot);
    return this.#at(slot) === NO_NAME ? undefined : this.#at(slot);
  }

  /** All of them, in the order in which they were added. */
  all(name: string, isIt: (number: number) => boolean): number[] {
    const found: number[] = [];
    for (let slot = this.#slotOf(hashText(name)); this.#at(slot) !== NO_NAME; slot = this.#after(slot)) {
      if (isIt(this.#at(slot))) found.push(this.#at(slot));
    }
    return found;
  }

  /** Adds to each hash a number, in this order; calls nothing, so that V8 has but one loop to compile. */
  addAll(hashes: Uint32Array, numbers: Int32Array | Uint32Array): void {
    const [slots, mask] = [this.#numbers, this.#mask];
    for (let n = 0; n < hashes.length; n++) {
      let slot = (hashes[n] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = (numbers[n] as number) + 1;
    }
  }

  /** Where the search for a hash begins; it goes on by {@link #after} until {@link #at} says NO_NAME. */
  #slotOf(hash: number): number {
    return hash & this.#mask;
  }

  /** Where it goes on. */
  #after(slot: number): number {
    return (slot + 1) & this.#mask;
  }

  /** What a slot holds. */
  #at(slot: number): number {
    return (this.#numbers[slot] as number) - 1;
  }
}
