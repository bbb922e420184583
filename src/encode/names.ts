/** Texts of a trace's dictionary, encoded once. */

/** UTF-8 texts by number; what has no text is empty. */
export class NameTable {
  readonly #texts: Map<number, Uint8Array>;
  readonly #empty = new Uint8Array(0);

  constructor(names: Iterable<readonly [number, string]>) {
    this.#texts = new Map([...names].map(([id, name]) => [id, Buffer.from(name)]));
  }

  /** The text of a number. */
  get(id: number): Uint8Array {
    return this.#texts.get(id) ?? this.#empty;
  }
}
