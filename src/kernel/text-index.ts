/** Finds names in a list of symbols, by where they stand in its text (btf/name-index.ts). */
import { type HashedName, NameIndex, NO_NAME, WORD_ENDS } from "../btf/name-index.js";

/** Names by where they stand. */
export class TextIndex {
  readonly #text: Uint8Array;
  readonly #places: NameIndex;

  /** `capacity` is as many names as there may be. */
  constructor(text: Uint8Array, capacity: number) {
    this.#text = text;
    this.#places = new NameIndex(capacity);
  }

  /** Adds the name at `start`, which was hashed; where the same name stood before: that place, and nothing is added. */
  add(start: number, { hash, end }: HashedName): number | undefined {
    const places = this.#places;
    for (let slot = places.slotOf(hash); places.at(slot) !== NO_NAME; slot = places.after(slot)) {
      if (this.#isSame(places.at(slot), start, end)) return places.at(slot);
    }
    places.add(hash, start);
    return undefined;
  }

  #isSame(known: number, start: number, end: number): boolean {
    const length = end - start;
    for (let i = 0; i < length; i++) if (this.#text[known + i] !== this.#text[start + i]) return false;
    return this.#endsAt(known + length);
  }

  /** Where a name stands first; undefined: nowhere. */
  find(name: string): number | undefined {
    return name === "" ? undefined : this.#places.find(name, (place) => this.#isText(place, name));
  }

  #isText(known: number, name: string): boolean {
    for (let i = 0; i < name.length; i++) if (this.#text[known + i] !== name.charCodeAt(i)) return false;
    return this.#endsAt(known + name.length);
  }

  #endsAt(place: number): boolean {
    const next = this.#text[place];
    return next === undefined || WORD_ENDS[next] === 1;
  }
}
