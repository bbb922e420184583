/** Gathers encoded journeys into batches: gRPC costs per message. */
import type { Slab } from "../journey/slab.js";
import { conversationOf } from "./conversation.js";
import { type Encoding, writeJourney } from "./journey.js";
import { Writer } from "./writer.js";

/** JourneyBatch.journeys */
const JOURNEYS = 1;

/** Words of {@link EncodedBatch.index} for each journey. */
export const INDEX_WORDS = 4;

/** What each of them holds. */
export const IndexWord = {
  /** Where the journey ends in the message, bytes; it begins where the one before ended. */
  END: 0,
  HOPS: 1,
  EVENTS: 2,
  /** Its conversation (conversation.ts). */
  CONVERSATION: 3,
} as const;

/** An encoded JourneyBatch. */
export interface EncodedBatch {
  /** The message, in memory of its own: it can be handed to another thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** {@link INDEX_WORDS} for each journey, so that some can be taken without decoding them. */
  readonly index: Uint32Array<ArrayBuffer>;
  readonly journeys: number;
  readonly hops: number;
  /** Events in these journeys. */
  readonly events: number;
}

/** When a batch is full. */
export interface BatchLimits {
  readonly journeys: number;
  readonly bytes: number;
  /** Nanoseconds for which a journey may wait. */
  readonly delayNs: number;
}

/** The batcher of one trace. */
export class Batcher {
  readonly #writer: Writer;
  readonly #limits: BatchLimits;
  readonly #encoding: Encoding;
  readonly #emit: (batch: EncodedBatch) => void;
  #journeys = 0;
  #hops = 0;
  #events = 0;
  #sentNs = Number.NEGATIVE_INFINITY;
  readonly #index: Uint32Array;

  constructor(limits: BatchLimits, encoding: Encoding, emit: (batch: EncodedBatch) => void) {
    this.#limits = limits;
    this.#encoding = encoding;
    this.#emit = emit;
    this.#writer = new Writer(limits.bytes * 2);
    this.#index = new Uint32Array(limits.journeys * INDEX_WORDS);
  }

  /** Whether journeys wait. */
  get hasWaiting(): boolean {
    return this.#journeys > 0;
  }

  /** Encodes a journey; sends the batch when that makes it full. */
  add(slab: Slab, slot: number): void {
    writeJourney(this.#writer, JOURNEYS, slab, slot, this.#encoding);
    const hops = slab.hopCount[slot] as number;
    const events = slab.events[slot] as number;
    const at = this.#journeys++ * INDEX_WORDS;
    this.#index[at + IndexWord.END] = this.#writer.length;
    this.#index[at + IndexWord.HOPS] = hops;
    this.#index[at + IndexWord.EVENTS] = events;
    this.#index[at + IndexWord.CONVERSATION] = slab.hasFlow[slot] === 1 ? conversationOf(slab.flow, slot) : 0;
    this.#hops += hops;
    this.#events += events;
    if (this.#journeys >= this.#limits.journeys || this.#writer.length >= this.#limits.bytes) this.flush();
  }

  /** Sends what waits, unless something was sent just before `nowNs`: then it may wait for more. */
  advance(nowNs: number): void {
    if (this.#journeys === 0 || nowNs - this.#sentNs < this.#limits.delayNs) return;
    this.flush();
    this.#sentNs = nowNs;
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#journeys === 0) return;
    const batch = {
      bytes: this.#writer.take(),
      index: this.#index.slice(0, this.#journeys * INDEX_WORDS),
      journeys: this.#journeys,
      hops: this.#hops,
      events: this.#events,
    };
    this.#journeys = 0;
    this.#hops = 0;
    this.#events = 0;
    this.#emit(batch);
  }
}
