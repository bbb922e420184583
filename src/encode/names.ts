/** Texts of a trace's dictionary, encoded once. */

/** UTF-8 texts by number; what has no text gets the same one, or none. */
export class NameTable {
  readonly #texts: Map<number, Uint8Array>;
  readonly #otherwise: Uint8Array;

  constructor(names: Iterable<readonly [number, string]>, otherwise = "") {
    this.#otherwise = Buffer.from(otherwise);
    this.#texts = new Map([...names].map(([id, name]) => [id, Buffer.from(name)]));
  }

  /** The text of a number. */
  get(id: number): Uint8Array {
    return this.#texts.get(id) ?? this.#otherwise;
  }
}
