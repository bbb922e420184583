/**
 * Which journey's packet was last at an address, so that a packet is known again that was forgotten: by
 * the kernel, to make room for others, or because its journey was closed early.
 *
 * The kernel counts the packets that die, by a hash of their address (bpf/track.h). Where the number
 * has not changed since a journey began, no packet has died at its address.
 *
 * A table of fixed size in which a newer address takes the place of an older one: then a packet is
 * not known again, and never is one taken for another.
 */
import * as record from "../decode/record.js";
import { NONE } from "./none.js";

const BUCKET_BITS = 16;

/** The table of one trace. */
export class LastPackets {
  readonly #low = new Uint32Array(1 << BUCKET_BITS);
  readonly #high = new Uint32Array(1 << BUCKET_BITS);
  readonly #deaths = new Uint32Array(1 << BUCKET_BITS);
  readonly #keys = new Float64Array(1 << BUCKET_BITS);

  /**
   * Takes the first record of a journey. Returns the kernel's number of the journey that the same packet had
   * before; NONE where none is known, or the record says itself where the packet came from.
   */
  put(words: Uint32Array, at: number): number {
    const low = record.skbLowOf(words, at);
    const high = record.skbHighOf(words, at);
    const deaths = record.deathsOf(words, at);
    const bucket = Math.imul(low >>> 6, 0x9e37_79b1) >>> (32 - BUCKET_BITS);
    const isSame = this.#low[bucket] === low && this.#high[bucket] === high && this.#deaths[bucket] === deaths;
    const isKnownAgain = isSame && deaths !== 0 && record.linkOf(words, at) === 0;
    const before = isKnownAgain ? (this.#keys[bucket] as number) : NONE;
    this.#low[bucket] = low;
    this.#high[bucket] = high;
    this.#deaths[bucket] = deaths;
    this.#keys[bucket] = record.journeyOf(words, at);
    return before;
  }
}
