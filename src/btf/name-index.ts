/** Types by name, for a table that is asked for many of them: each question without it reads all strings. */

/** End of a chain. */
const NONE = -1;

/** The types of one kind: a hash table of chains, in typed arrays. */
export class NameIndex {
  readonly #ids: Uint32Array;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;

  /** `hashOf` is {@link hashOfBytes} of a type's name. */
  constructor(ids: Uint32Array, hashOf: (id: number) => number) {
    this.#ids = ids;
    this.#heads = new Int32Array(2 ** (32 - Math.clz32(ids.length))).fill(NONE);
    this.#next = new Int32Array(ids.length);
    // From the last one on, so that a chain begins with its first type.
    for (let n = ids.length - 1; n >= 0; n--) {
      const place = this.#placeOf(hashOf(ids[n] as number));
      this.#next[n] = this.#heads[place] as number;
      this.#heads[place] = n;
    }
  }

  #placeOf(hash: number): number {
    return hash & (this.#heads.length - 1);
  }

  /** The first type that `isIt` accepts of those whose name may be this one; undefined when there is none. */
  find(name: string, isIt: (id: number) => boolean): number | undefined {
    let n = this.#heads[this.#placeOf(hashOfText(name))] as number;
    while (n !== NONE && !isIt(this.#ids[n] as number)) n = this.#next[n] as number;
    return n === NONE ? undefined : this.#ids[n];
  }
}

/** Of a text of ASCII characters. */
function hashOfText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = mixed(hash, text.charCodeAt(i));
  return spread(hash);
}

/** The same of the bytes up to the next NUL. */
export function hashOfBytes(bytes: Uint8Array, start: number): number {
  let hash = 0;
  for (let i = start; bytes[i] !== 0 && i < bytes.length; i++) hash = mixed(hash, bytes[i] as number);
  return spread(hash);
}

function mixed(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/** Chains are chosen by the low bits: the high ones are to count, too. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
