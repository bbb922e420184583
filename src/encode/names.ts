/** Texts of a trace's dictionary, encoded once. */

/** Numbers below are found in an array: ids of functions, most drop reasons. */
const DENSE = 65_536;

/** UTF-8 texts by number; what has no text gets the same one, or none. */
export class NameTable {
  readonly #dense: Uint8Array[] = [];
  readonly #sparse = new Map<number, Uint8Array>();
  readonly #otherwise: Uint8Array;

  constructor(names: Iterable<readonly [number, string]>, otherwise = "") {
    this.#otherwise = Buffer.from(otherwise);
    for (const [id, name] of names) this.#put(id, Buffer.from(name));
  }

  #put(id: number, text: Uint8Array): void {
    if (id >= DENSE) {
      this.#sparse.set(id, text);
      return;
    }
    while (this.#dense.length < id) this.#dense.push(this.#otherwise);
    this.#dense[id] = text;
  }

  /** The text of a number. */
  get(id: number): Uint8Array {
    if (id < this.#dense.length) return this.#dense[id] as Uint8Array;
    return this.#sparse.get(id) ?? this.#otherwise;
  }
}
