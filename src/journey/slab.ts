/**
 * Memory for open journeys and their hops, in typed arrays: nothing is allocated for an
 * event or a journey, so that a flood makes no garbage.
 *
 * A journey is a slot, a hop an entry of a pool; the hops of a journey are a list through
 * `hopNext`. Open journeys are a list from the one that was idle longest to the newest.
 *
 * Memory is not touched before it is used: most traces never fill a hundredth of it.
 */
import { FLOW_WORDS } from "../decode/record.js";
import { NONE } from "./none.js";
import { RecordPool } from "./record-pool.js";

/** What each 32-bit word of a hop holds. */
export const HopWord = { FUNCTION: 0, LENGTH: 1, IFINDEX: 2, NETNS: 3, STACK: 4, CPU: 5 } as const;

/** Words of one hop. */
export const HOP_WORDS = 6;

/** The slab of one trace. Members are for src/journey to write and src/encode to read. */
export class Slab {
  /** Slots. */
  readonly capacity: number;

  // By slot: the journey.
  /** Number that the kernel gave. */
  readonly key: Float64Array;
  /** Number that clients see. */
  readonly publicId: Float64Array;
  /** Public number of the journey that this one came from; 0: none, or not known. */
  readonly parentId: Float64Array;
  /** How it came from it: LinkKind. */
  readonly link: Uint8Array;
  /** Public number of the journey that this one went into; 0: none, or not known. */
  readonly childId: Float64Array;
  /** How it went into it: LinkKind. */
  readonly childLink: Uint8Array;
  /** Time of the first record, nanoseconds since the trace's time base. */
  readonly startNs: Float64Array;
  /** Time of the newest record. */
  readonly lastNs: Float64Array;
  /** Address of the sk_buff, lower and upper half. */
  readonly skbLow: Uint32Array;
  readonly skbHigh: Uint32Array;
  readonly firstHop: Int32Array;
  readonly lastHop: Int32Array;
  readonly hopCount: Uint32Array;
  /** Records of this journey. */
  readonly events: Uint32Array;
  /** Hops that found the ring full. */
  readonly lost: Uint32Array;
  /** The same of this packet's journeys before, where the limit of hops split it. */
  readonly lostBefore: Uint32Array;
  readonly endReason: Uint8Array;
  readonly dropReason: Uint32Array;
  /** Low half of the address that freed a packet that was dropped. */
  readonly location: Uint32Array;
  /** Id of the call stack at the end. */
  readonly endStack: Uint32Array;
  /** 1 when `flow` holds the packet's flow_record. */
  readonly hasFlow: Uint8Array;
  /** flow_record of each slot, FLOW_WORDS apiece. */
  readonly flow: Uint32Array;
  /** Neighbours in the list of open journeys. */
  readonly older: Int32Array;
  readonly newer: Int32Array;

  // By hop.
  /** Nanoseconds since the trace's time base. */
  readonly hopNs: Float64Array;
  /** HOP_WORDS of each hop. */
  readonly hop: Uint32Array;
  readonly hopNext: Int32Array;
  /** Index in `changes` of the flow that a hop changed to; NONE for nearly all. */
  readonly hopChange: Int32Array;
  readonly changes = new RecordPool(FLOW_WORDS);
  /** Index in `customs` of what the modules collected at a hop. */
  readonly hopCustom: Int32Array;
  readonly customs: RecordPool;

  readonly #freeSlots: Int32Array;
  #freeSlotCount = 0;
  /** Slots below it have been handed out at least once. */
  #usedSlots = 0;
  readonly #hopCapacity: number;
  #freeHop = NONE;
  /** The same of hops. */
  #usedHops = 0;

  /** Room for `capacity` open journeys with `hopCapacity` hops among them; modules add `customWords` to a hop. */
  constructor(capacity: number, hopCapacity: number, customWords: number) {
    this.capacity = capacity;
    const words = (): Uint32Array => new Uint32Array(capacity);
    const numbers = (): Float64Array => new Float64Array(capacity);
    const links = (): Int32Array => new Int32Array(capacity);
    this.key = numbers();
    this.publicId = numbers();
    this.parentId = numbers();
    this.link = new Uint8Array(capacity);
    this.childId = numbers();
    this.childLink = new Uint8Array(capacity);
    this.startNs = numbers();
    this.lastNs = numbers();
    this.skbLow = words();
    this.skbHigh = words();
    this.firstHop = links();
    this.lastHop = links();
    this.hopCount = words();
    this.events = words();
    this.lost = words();
    this.lostBefore = words();
    this.endReason = new Uint8Array(capacity);
    this.dropReason = words();
    this.location = words();
    this.endStack = words();
    this.hasFlow = new Uint8Array(capacity);
    this.flow = new Uint32Array(capacity * FLOW_WORDS);
    this.older = links();
    this.newer = links();
    this.hopNs = new Float64Array(hopCapacity);
    this.hop = new Uint32Array(hopCapacity * HOP_WORDS);
    this.hopChange = new Int32Array(hopCapacity);
    this.hopCustom = new Int32Array(hopCapacity);
    this.customs = new RecordPool(customWords);
    this.hopNext = new Int32Array(hopCapacity);
    this.#hopCapacity = hopCapacity;
    this.#freeSlots = new Int32Array(capacity);
  }

  /** A cleared slot, or {@link NONE} when all are taken. */
  takeSlot(): number {
    const slot = this.#anySlot();
    if (slot === NONE) return NONE;
    this.parentId[slot] = 0;
    this.link[slot] = 0;
    this.childId[slot] = 0;
    this.firstHop[slot] = NONE;
    this.lastHop[slot] = NONE;
    this.hopCount[slot] = 0;
    this.events[slot] = 0;
    this.lost[slot] = 0;
    this.lostBefore[slot] = 0;
    this.endReason[slot] = 0;
    this.dropReason[slot] = 0;
    this.location[slot] = 0;
    this.endStack[slot] = 0;
    this.hasFlow[slot] = 0;
    return slot;
  }

  #anySlot(): number {
    if (this.#freeSlotCount > 0) return this.#freeSlots[--this.#freeSlotCount] as number;
    return this.#usedSlots < this.capacity ? this.#usedSlots++ : NONE;
  }

  #anyHop(): number {
    const hop = this.#freeHop;
    if (hop === NONE) return this.#usedHops < this.#hopCapacity ? this.#usedHops++ : NONE;
    this.#freeHop = this.hopNext[hop] as number;
    return hop;
  }

  /** A hop at the end of a slot's list, or {@link NONE} when the pool is empty. */
  appendHop(slot: number): number {
    const hop = this.#anyHop();
    if (hop === NONE) return NONE;
    this.hopNext[hop] = NONE;
    this.hopChange[hop] = NONE;
    this.hopCustom[hop] = NONE;
    const last = this.lastHop[slot] as number;
    if (last === NONE) this.firstHop[slot] = hop;
    else this.hopNext[last] = hop;
    this.lastHop[slot] = hop;
    (this.hopCount[slot] as number)++;
    return hop;
  }

  /** The flow_record that a journey's packet has now. */
  currentFlow(slot: number): Uint32Array {
    let current = this.flow.subarray(slot * FLOW_WORDS, (slot + 1) * FLOW_WORDS);
    for (let hop = this.firstHop[slot] as number; hop !== NONE; hop = this.hopNext[hop] as number) {
      const change = this.hopChange[hop] as number;
      if (change !== NONE) current = this.changes.words.subarray(change * FLOW_WORDS, (change + 1) * FLOW_WORDS);
    }
    return current;
  }

  #releaseRecords(slot: number): void {
    for (let hop = this.firstHop[slot] as number; hop !== NONE; hop = this.hopNext[hop] as number) {
      const change = this.hopChange[hop] as number;
      if (change !== NONE) this.changes.release(change);
      const custom = this.hopCustom[hop] as number;
      if (custom !== NONE) this.customs.release(custom);
    }
  }

  /** Gives a slot and its hops back. */
  release(slot: number): void {
    const last = this.lastHop[slot] as number;
    if (last !== NONE) {
      this.#releaseRecords(slot);
      this.hopNext[last] = this.#freeHop;
      this.#freeHop = this.firstHop[slot] as number;
    }
    this.#freeSlots[this.#freeSlotCount++] = slot;
  }
}
