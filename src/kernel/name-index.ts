/**
 * Finds names in a large text of the kernel: a hash table of where they stand.
 *
 * Problem: making a string of each of 45,000 names, and a Map of those, takes longer than the kernel
 *          takes to write the text; most of them nobody asks for.
 * Choice:  names are hashed where they stand, and compared there.
 * Limits:  names of ASCII characters that end with the text, a newline, a blank or a tab.
 */

const TAB = 0x09;
const NEWLINE = 0x0a;
const BLANK = 0x20;
const DOT = 0x2e;
/** FNV-1a of 32 bits (Fowler, Noll, Vo). */
const FIRST = 0x811c9dc5;
const PRIME = 0x01000193;

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
export function hashName(text: Uint8Array, start: number, found: HashedName): void {
  let hash = FIRST;
  let at = start;
  let dot = -1;
  for (; at < text.length; at++) {
    const code = text[at] as number;
    if (code === NEWLINE || code === BLANK || code === TAB) break;
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

/** Names by where they stand. */
export class NameIndex {
  readonly #text: Uint8Array;
  /** By hash, then by whatever is free: where a name begins, and one more; 0: nothing. */
  readonly #starts: Int32Array;
  readonly #mask: number;

  /** `capacity` is as many names as there may be. */
  constructor(text: Uint8Array, capacity: number) {
    this.#text = text;
    const slots = 2 ** Math.ceil(Math.log2(2 * capacity + 2));
    this.#starts = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** Adds the name at `start`, which was hashed; where the same name stood before: that place, and nothing is added. */
  add(start: number, { hash, end }: HashedName): number | undefined {
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const known = (this.#starts[slot] as number) - 1;
      if (known >= 0 && !this.#isSame(known, start, end)) continue;
      if (known >= 0) return known;
      this.#starts[slot] = start + 1;
      return undefined;
    }
  }

  #isSame(known: number, start: number, end: number): boolean {
    const length = end - start;
    for (let i = 0; i < length; i++) if (this.#text[known + i] !== this.#text[start + i]) return false;
    return this.#endsAt(known + length);
  }

  /** Where a name stands first; undefined: nowhere. */
  find(name: string): number | undefined {
    if (name === "") return undefined;
    for (let slot = hashText(name) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const known = (this.#starts[slot] as number) - 1;
      if (known < 0) return undefined;
      if (this.#isText(known, name)) return known;
    }
  }

  #isText(known: number, name: string): boolean {
    for (let i = 0; i < name.length; i++) if (this.#text[known + i] !== name.charCodeAt(i)) return false;
    return this.#endsAt(known + name.length);
  }

  #endsAt(place: number): boolean {
    const next = this.#text[place];
    return next === undefined || next === NEWLINE || next === BLANK || next === TAB;
  }
}
