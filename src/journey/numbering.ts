/** The numbers that clients see of journeys, by the kernel's numbers. */
import * as record from "../decode/record.js";
import { ClosedIds } from "./closed-ids.js";
import type { KeyTable } from "./key-table.js";
import { NONE } from "./none.js";
import type { Slab } from "./slab.js";

/** LinkKind of journey.proto. */
const LINK_REASSEMBLY = 7;
/** Journeys that are named before they begin: they begin soon, or no traced function sees them. */
const MAX_PROMISED = 1024;

/** The numbers of one trace, from 1, in the order in which journeys begin or are named first. */
export class Numbering {
  readonly #slab: Slab;
  readonly #slots: KeyTable;
  readonly #closed = new ClosedIds();
  readonly #promised = new Map<number, number>();
  /** The newest number. */
  newest = 0;

  /** `slots` finds the slots of journeys that are not closed. */
  constructor(slab: Slab, slots: KeyTable) {
    this.#slab = slab;
    this.#slots = slots;
  }

  /** The number of a journey that begins. */
  begin(key: number): number {
    const promised = this.#promised.size === 0 ? undefined : this.#promised.get(key);
    if (promised === undefined) return ++this.newest;
    this.#promised.delete(key);
    return promised;
  }

  /** Remembers the number of a journey that is closed. */
  close(key: number, publicId: number): void {
    this.#closed.put(key, publicId);
  }

  /** The number of a journey; 0 for one that nobody knows, or has known too long ago. */
  get(key: number): number {
    const slot = this.#slots.get(key);
    if (slot !== NONE) return this.#slab.publicId[slot] as number;
    return this.#closed.get(key) || (this.#promised.get(key) ?? 0);
  }

  /** The number of the journey that a record's packet went into: that of a packet put together may begin later. */
  intoOf(words: Uint32Array, at: number): number {
    const key = record.parentOf(words, at);
    return this.get(key) || (record.linkOf(words, at) === LINK_REASSEMBLY ? this.#promise(key) : 0);
  }

  #promise(key: number): number {
    const [oldest] = this.#promised.keys();
    if (this.#promised.size >= MAX_PROMISED && oldest !== undefined) this.#promised.delete(oldest);
    this.#promised.set(key, ++this.newest);
    return this.newest;
  }
}
