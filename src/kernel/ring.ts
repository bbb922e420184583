/**
 * The BPF ring buffer, read straight from its memory.
 *
 * Problem: a callback for each event through the foreign function interface costs 172 ns.
 * Choice:  the kernel maps the ring into our memory; it is read there as 32-bit words at
 *          16 ns an event, with one write of the consumer position for each batch.
 * Limits:  one reader; the views must not be used after {@link Ring.close}.
 *
 * Layout and protocol: kernel/bpf/ringbuf.c. The consumer position is on a page of its
 * own, the producer position on the next, and the data behind it is mapped twice in a
 * row, so that no record wraps.
 */
import koffi from "koffi";
import { mapMemory, PAGE_BYTES, unmap } from "./map-memory.js";

/** include/uapi/linux/bpf.h: the bits of a record's length word. BUSY is the sign bit. */
const DISCARD_BIT = 0x4000_0000;
const LENGTH_MASK = 0x3fff_ffff;
const HEADER_BYTES = 8;

/**
 * Whether what a record holds cannot be read before its header: x86 does not reorder loads (Intel SDM
 * volume 3, 9.2.2). Elsewhere the header is loaded with a barrier, which takes as long as all the rest.
 */
const IS_LOAD_ORDERED = process.arch === "x64";

/** Called for each record: the index of its first word in {@link Ring.words}, and its length in bytes. */
export type OnRecord = (word: number, bytes: number) => void;

/** A ring buffer that is being read. */
export class Ring {
  /** All data of the ring, twice in a row, as 32-bit words. */
  readonly words: Uint32Array;
  readonly #size: number;
  readonly #signedWords: Int32Array;
  readonly #consumer: BigInt64Array;
  readonly #producer: Int32Array;
  #consumerAddress: bigint;
  #producerAddress: bigint;
  #position: number;

  constructor(mapFd: number, sizeBytes: number) {
    this.#size = sizeBytes;
    const what = "map the ring buffer";
    const produced = { offset: PAGE_BYTES, bytes: PAGE_BYTES + 2 * sizeBytes, isWritable: false };
    this.#consumerAddress = mapMemory(what, mapFd, { offset: 0, bytes: PAGE_BYTES, isWritable: true });
    this.#producerAddress = mapMemory(what, mapFd, produced);
    this.#consumer = new BigInt64Array(koffi.view(this.#consumerAddress, PAGE_BYTES));
    this.#producer = new Int32Array(koffi.view(this.#producerAddress, PAGE_BYTES));
    const data = koffi.view(this.#producerAddress + BigInt(PAGE_BYTES), 2 * sizeBytes);
    this.words = new Uint32Array(data);
    this.#signedWords = new Int32Array(data);
    this.#position = Number(this.#consumer[0]);
  }

  /**
   * Hands records to `onRecord` until the ring is empty, a record is still being written,
   * or `maxRecords` are done; returns how many. A record's words are only valid during its call.
   */
  drain(onRecord: OnRecord, maxRecords: number): number {
    let done = 0;
    let position = this.#position;
    const mask = this.#size - 1;
    const signedWords = this.#signedWords;
    while (done < maxRecords) {
      // Positions are compared by their low 32 bits; a ring is smaller than 2 GiB.
      let available = (Atomics.load(this.#producer, 0) - (position | 0)) | 0;
      if (available <= 0) break;
      while (available > 0 && done < maxRecords) {
        const word = (position & mask) >>> 2;
        const head = IS_LOAD_ORDERED ? (signedWords[word] as number) : Atomics.load(signedWords, word);
        if (head < 0) {
          this.#commit(position);
          return done;
        }
        const bytes = head & LENGTH_MASK;
        if ((head & DISCARD_BIT) === 0) {
          onRecord(word + HEADER_BYTES / 4, bytes);
          done++;
        }
        const step = (bytes + HEADER_BYTES + 7) & ~7;
        position += step;
        available -= step;
      }
      // Sequentially consistent, and the producer is read again after it: no wake-up is lost.
      this.#commit(position);
    }
    return done;
  }

  /** Whether nothing is left of what has been sent; a record that is still being written is left, and all behind it. */
  get isEmpty(): boolean {
    return Atomics.load(this.#producer, 0) === (this.#position | 0);
  }

  /** How much has been read: grows with every record. */
  get position(): number {
    return this.#position;
  }

  /** What {@link position} will be when everything that has been sent by now is read. */
  get end(): number {
    // The low 32 bits are known, and the ring is smaller than 2 GiB.
    return this.#position + ((Atomics.load(this.#producer, 0) - (this.#position | 0)) | 0);
  }

  #commit(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    Atomics.store(this.#consumer, 0, BigInt(position));
  }

  /** Unmaps the memory. Reading `words` after it would crash. */
  close(): void {
    if (this.#consumerAddress === 0n) return;
    unmap(this.#consumerAddress, PAGE_BYTES);
    unmap(this.#producerAddress, PAGE_BYTES + 2 * this.#size);
    this.#consumerAddress = 0n;
    this.#producerAddress = 0n;
  }
}
