/** Finds names in a list of symbols, by where they stand in its text (btf/name-index.ts). */
import { hashName, NameIndex, noName, WORD_ENDS } from "../btf/name-index.js";

const NEWLINE = 0x0a;

/** The first words of lines, by where they stand. */
export class TextIndex {
  readonly #text: Uint8Array;
  readonly #places: NameIndex;
  /** Where those begin that have a dot. */
  readonly dotted: readonly number[];
  /** What was asked last, which most often is asked again. */
  #last: { readonly name: string; readonly place: number | undefined } = { name: "", place: undefined };

  /** `skipped` is how many characters stand in front of the word in each line. */
  constructor(text: Uint8Array, skipped: number) {
    const capacity = Math.ceil(text.length / (skipped + 2));
    const [hashes, places] = [new Uint32Array(capacity), new Int32Array(capacity)];
    const dotted: number[] = [];
    const name = noName();
    let count = 0;
    for (let start = skipped; start < text.length; start += 1 + skipped) {
      hashName(text, start, WORD_ENDS, name);
      if (name.end > start) {
        hashes[count] = name.hash;
        places[count++] = start;
      }
      if (name.dot < name.end) dotted.push(start);
      start = name.end;
      while (start < text.length && text[start] !== NEWLINE) start++;
    }
    this.#text = text;
    this.#places = new NameIndex(count);
    this.#places.addAll(hashes.subarray(0, count), places);
    this.dotted = dotted;
  }

  /** Where a name stands first; undefined: nowhere. */
  find(name: string): number | undefined {
    if (name !== this.#last.name) {
      this.#last = { name, place: this.#places.find(name, (place) => this.#isText(place, name)) };
    }
    return this.#last.place;
  }

  /** All places where it stands. */
  all(name: string): number[] {
    return name === "" ? [] : this.#places.all(name, (place) => this.#isText(place, name));
  }

  #isText(known: number, name: string): boolean {
    for (let i = 0; i < name.length; i++) if (this.#text[known + i] !== name.charCodeAt(i)) return false;
    const next = this.#text[known + name.length];
    return next === undefined || WORD_ENDS[next] === 1;
  }
}
