/**
 * The BPF ring buffer, read straight from its memory.
 *
 * Problem: a callback for each event through the foreign function interface costs 172 ns.
 * Choice:  the kernel maps the ring into our memory; it is read there as 32-bit words at
 *          16 ns an event, with one write of the consumer position for each batch.
 * Limits:  one reader; the views must not be used after {@link Ring.close}.
 *
 * Layout and protocol: kernel/bpf/ringbuf.c. The consumer position is on a page of its
 * own, the producer position on the next, and the data behind it. The kernel offers the data
 * twice in a row, so that no record wraps; each page would be counted twice as this process's
 * memory, so it is mapped once, and the one record that wraps is copied.
 */
import koffi from "koffi";
import { mapMemory, unmap } from "./map-memory.js";

const PAGE_BYTES = 4096;

/** include/uapi/linux/bpf.h: the bits of a record's length word. BUSY is the sign bit. */
const DISCARD_BIT = 0x4000_0000;
const LENGTH_MASK = 0x3fff_ffff;
const HEADER_BYTES = 8;

/**
 * Whether what a record holds cannot be read before its header: x86 does not reorder loads (Intel SDM
 * volume 3, 9.2.2). Elsewhere the header is loaded with a barrier, which takes as long as all the rest.
 */
const IS_LOAD_ORDERED = process.arch === "x64";

/** Called for each record: the words that it lies in, the index of its first one, and its length in bytes. */
export type OnRecord = (words: Uint32Array, word: number, bytes: number) => void;

/** Words of a record, to begin with. */
const FIRST_COPY_WORDS = 1024;

/** A ring buffer that is being read. */
export class Ring {
  readonly #size: number;
  /** All data of the ring, as 32-bit words. */
  readonly #words: Uint32Array;
  readonly #signedWords: Int32Array;
  readonly #consumer: BigInt64Array;
  readonly #producer: Int32Array;
  #consumerAddress: bigint;
  #producerAddress: bigint;
  #position: number;
  /** A record that lies in two pieces. */
  #copy = new Uint32Array(FIRST_COPY_WORDS);

  constructor(mapFd: number, sizeBytes: number) {
    this.#size = sizeBytes;
    const what = "map the ring buffer";
    const produced = { offset: PAGE_BYTES, bytes: PAGE_BYTES + sizeBytes, isWritable: false };
    // The large one first: where there is no room for it, nothing is left behind.
    this.#producerAddress = mapMemory(what, mapFd, produced);
    this.#consumerAddress = mapMemory(what, mapFd, { offset: 0, bytes: PAGE_BYTES, isWritable: true });
    this.#consumer = new BigInt64Array(koffi.view(this.#consumerAddress, PAGE_BYTES));
    this.#producer = new Int32Array(koffi.view(this.#producerAddress, PAGE_BYTES));
    const data = koffi.view(this.#producerAddress + BigInt(PAGE_BYTES), sizeBytes);
    this.#words = new Uint32Array(data);
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
          this.#give(word + HEADER_BYTES / 4, bytes, onRecord);
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

  /** Hands one record over, in one piece. */
  #give(word: number, bytes: number, onRecord: OnRecord): void {
    if (word * 4 + bytes <= this.#size) onRecord(this.#words, word, bytes);
    else onRecord(this.#joined(word, bytes), 0, bytes);
  }

  /** A copy of a record that goes on at the beginning of the ring. */
  #joined(word: number, bytes: number): Uint32Array {
    const count = Math.ceil(bytes / 4);
    if (this.#copy.length < count) this.#copy = new Uint32Array(count);
    const mask = this.#words.length - 1;
    for (let n = 0; n < count; n++) this.#copy[n] = this.#words[(word + n) & mask] as number;
    return this.#copy;
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

  /** Unmaps the memory. Reading the ring after it would crash. */
  close(): void {
    if (this.#consumerAddress === 0n) return;
    unmap(this.#consumerAddress, PAGE_BYTES);
    unmap(this.#producerAddress, PAGE_BYTES + this.#size);
    this.#consumerAddress = 0n;
    this.#producerAddress = 0n;
  }
}
