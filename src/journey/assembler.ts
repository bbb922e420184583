/**
 * Joins the records of one packet into one journey.
 *
 * Identity is the number that the kernel gave when the packet matched (bpf/track.h).
 *
 * States of a journey:
 *   open    records come in; it is in the list of open journeys
 *   ending  its end was seen. It waits for REORDER_NS, because a record from another CPU
 *           that is older than the end may come after it; records still join it
 *   closed  delivered, its slot is free again
 *
 * Limits: a record that comes when its journey is closed (after an idle timeout, an
 * eviction) belongs nowhere and is counted in `lateEvents`. A journey that reaches the
 * limit of hops goes on in another one that names it as its parent.
 *
 * Pure: no I/O, no timers, no clock. Time enters as an argument of `advance()`.
 * Units: `…Ns` are nanoseconds since the trace's time base, as numbers.
 */
import { HopFlag } from "../decode/layout.js";
import * as record from "../decode/record.js";
import { OpenList } from "./open-list.js";
import { ParentIds } from "./parent-ids.js";
import { NONE } from "./none.js";
import { HOP_WORDS, Slab } from "./slab.js";

/** EndReason in journey.proto: those that user space decides. */
export const EndReason = { EGRESS: 1, HOP_LIMIT: 5, IDLE_TIMEOUT: 6, EVICTED: 7, TRACE_STOPPED: 8 } as const;

/** How long an ended journey waits for older records of other CPUs: longer than an interrupt between time stamp and ring. */
const REORDER_NS = 1_000_000;

/** How journeys are assembled. */
export interface AssemblerOptions {
  /** Hops after which a journey is closed. */
  readonly maxHops: number;
  /** Nanoseconds without a record after which it is closed. */
  readonly idleTimeoutNs: number;
  /** Journeys open at once; beyond it the one that was idle longest is evicted. */
  readonly maxOpen: number;
  /** Hops of all open journeys; beyond it likewise. */
  readonly maxOpenHops: number;
}

/** Where journeys go. */
export interface JourneySink {
  /** Takes a closed journey; the slot is only valid during the call. */
  deliver(slab: Slab, slot: number): void;
  /** The kernel need not follow this packet any more. Returns how many of its hops were lost, where that is known. */
  untrack(skbLow: number, skbHigh: number, key: number): number;
  /** Resolves what a record says of its function into the function's id; 0: unknown. */
  functionId(value: number): number;
}

/** The assembler of one trace. */
export class Assembler {
  readonly #slab: Slab;
  readonly #open: OpenList;
  readonly #slots = new Map<number, number>();
  readonly #parents = new ParentIds();
  readonly #options: AssemblerOptions;
  readonly #sink: JourneySink;
  readonly #base: record.TimeBase;
  /** Ending slots in the order of their ends, from `#endingHead` on. */
  #ending: number[] = [];
  #endingHead = 0;
  #delivered = 0;

  /** Records whose journey was closed already. */
  lateEvents = 0;
  /** Records that made no sense. */
  undecodable = 0;

  constructor(options: AssemblerOptions, base: record.TimeBase, sink: JourneySink) {
    // Room can always be made beside the journey that needs it.
    if (options.maxOpen < 2 || options.maxOpenHops <= options.maxHops) {
      throw new RangeError("an assembler needs room for two journeys, and for more hops than one may have");
    }
    this.#options = options;
    this.#base = base;
    this.#sink = sink;
    this.#slab = new Slab(options.maxOpen, options.maxOpenHops);
    this.#open = new OpenList(this.#slab);
  }

  /** Journeys that are open or ending. */
  get pending(): number {
    return this.#slots.size;
  }

  /** Takes one record of the ring. */
  accept(words: Uint32Array, at: number, bytes: number): void {
    if (!record.isWhole(words, at, bytes)) {
      this.undecodable++;
      return;
    }
    const key = record.journeyOf(words, at);
    const slot = this.#slots.get(key) ?? this.#begin(words, at, key);
    if (slot === NONE) {
      this.lateEvents++;
      return;
    }
    this.#append(slot, words, at);
  }

  /** A slot for a journey whose first record this is; NONE for a record that comes too late. */
  #begin(words: Uint32Array, at: number, key: number): number {
    // A changed flow is not a first one: that hop's journey is closed.
    if ((record.flagsOf(words, at) & (HopFlag.FLOW | HopFlag.CHANGED)) !== HopFlag.FLOW) return NONE;
    const slot = this.#newSlot(key);
    const slab = this.#slab;
    const flowAt = at + record.FLOW_AT;
    slab.flow.set(words.subarray(flowAt, flowAt + record.FLOW_WORDS), slot * record.FLOW_WORDS);
    slab.hasFlow[slot] = 1;
    slab.parentKey[slot] = record.parentOf(words, at);
    slab.skbLow[slot] = record.skbLowOf(words, at);
    slab.skbHigh[slot] = record.skbHighOf(words, at);
    slab.startNs[slot] = record.timeOf(words, at, this.#base);
    slab.lastNs[slot] = slab.startNs[slot] as number;
    return slot;
  }

  #newSlot(key: number): number {
    let slot = this.#slab.takeSlot();
    while (slot === NONE) {
      this.#makeRoom();
      slot = this.#slab.takeSlot();
    }
    this.#slab.key[slot] = key;
    this.#slots.set(key, slot);
    this.#open.add(slot);
    return slot;
  }

  #append(given: number, words: Uint32Array, at: number): void {
    const slab = this.#slab;
    const flags = record.flagsOf(words, at);
    let slot = given;
    if (flags & HopFlag.ROW) {
      if ((slab.hopCount[slot] as number) >= this.#options.maxHops) slot = this.#splitAtLimit(slot);
      if (!this.#appendHop(slot, words, at)) return;
    }
    (slab.events[slot] as number)++;
    this.#noteLost(slot, record.lostOf(words, at));
    const timeNs = record.timeOf(words, at, this.#base);
    if (timeNs < (slab.startNs[slot] as number)) slab.startNs[slot] = timeNs;
    if (timeNs > (slab.lastNs[slot] as number)) slab.lastNs[slot] = timeNs;
    if (slab.endReason[slot] !== 0) return;
    if (flags & HopFlag.END) this.#end(slot, words, at);
    else this.#open.touch(slot);
  }

  /** False when there is no room: only for a journey that has ended, which must not be delivered while it grows. */
  #appendHop(slot: number, words: Uint32Array, at: number): boolean {
    const slab = this.#slab;
    let hop = slab.appendHop(slot);
    while (hop === NONE) {
      if (slab.endReason[slot] !== 0) {
        this.lateEvents++;
        return false;
      }
      this.#open.touch(slot);
      this.#makeRoom();
      hop = slab.appendHop(slot);
    }
    slab.hopNs[hop] = record.timeOf(words, at, this.#base);
    const to = hop * HOP_WORDS;
    slab.hop[to] = this.#sink.functionId(record.functionOf(words, at));
    slab.hop[to + 1] = record.lengthOf(words, at);
    slab.hop[to + 2] = record.ifindexOf(words, at);
    slab.hop[to + 3] = record.netnsOf(words, at);
    slab.hop[to + 4] = record.pidOf(words, at);
    slab.hop[to + 5] = record.cpuOf(words, at);
    if (record.flagsOf(words, at) & HopFlag.CHANGED) slab.hopChange[hop] = slab.changes.put(words, at + record.FLOW_AT);
    return true;
  }

  #end(slot: number, words: Uint32Array, at: number): void {
    this.#open.remove(slot);
    this.#slab.endReason[slot] = record.endReasonOf(words, at);
    this.#slab.dropReason[slot] = record.dropReasonOf(words, at);
    this.#ending.push(slot);
  }

  /** Closes a journey at its limit of hops; the slot of the one that goes on. */
  #splitAtLimit(full: number): number {
    const slab = this.#slab;
    const key = slab.key[full] as number;
    const endReason = slab.endReason[full] as number;
    const next = endReason === 0 ? this.#newSlotBeside(full, key) : NONE;
    if (next === NONE) return full;
    slab.parentId[next] = this.#close(full, EndReason.HOP_LIMIT);
    this.#slots.set(key, next);
    return next;
  }

  #newSlotBeside(full: number, key: number): number {
    const slab = this.#slab;
    this.#open.touch(full);
    const next = this.#newSlot(key);
    slab.flow.set(slab.currentFlow(full), next * record.FLOW_WORDS);
    slab.hasFlow[next] = slab.hasFlow[full] as number;
    slab.skbLow[next] = slab.skbLow[full] as number;
    slab.skbHigh[next] = slab.skbHigh[full] as number;
    slab.startNs[next] = Number.POSITIVE_INFINITY;
    slab.lastNs[next] = slab.lastNs[full] as number;
    slab.lostBefore[next] = (slab.lostBefore[full] as number) + (slab.lost[full] as number);
    return next;
  }

  /** Frees a slot: of a journey that has ended, though its time to wait is not over, else of the one idle longest. */
  #makeRoom(): void {
    if (this.hasEnding) this.#deliverEnding();
    else this.#closeEarly(this.#open.oldest, EndReason.EVICTED);
  }

  /** Delivers what has ended, and closes what has been idle, as of `nowNs`. */
  advance(nowNs: number): void {
    while (this.#endingHead < this.#ending.length) {
      const slot = this.#ending[this.#endingHead] as number;
      if ((this.#slab.lastNs[slot] as number) + REORDER_NS > nowNs) break;
      this.#deliverEnding();
    }
    for (;;) {
      const slot = this.#open.oldest;
      if (slot === NONE || (this.#slab.lastNs[slot] as number) + this.#options.idleTimeoutNs > nowNs) break;
      this.#closeEarly(slot, EndReason.IDLE_TIMEOUT);
    }
  }

  /** Whether a journey has ended and waits to be delivered. */
  get hasEnding(): boolean {
    return this.#endingHead < this.#ending.length;
  }

  /** Closes everything: the trace has ended. */
  closeAll(): void {
    while (this.hasEnding) this.#deliverEnding();
    while (this.#open.oldest !== NONE) this.#closeEarly(this.#open.oldest, EndReason.TRACE_STOPPED);
  }

  #deliverEnding(): void {
    const slot = this.#ending[this.#endingHead++] as number;
    if (this.#endingHead === this.#ending.length) {
      this.#ending = [];
      this.#endingHead = 0;
    }
    const key = this.#slab.key[slot] as number;
    const reason = this.#slab.endReason[slot] as number;
    const publicId = this.#deliver(slot);
    if (reason === EndReason.EGRESS) this.#parents.put(key, publicId);
  }

  #closeEarly(slot: number, reason: number): void {
    const { skbLow, skbHigh, key } = this.#slab;
    this.#noteLost(slot, this.#sink.untrack(skbLow[slot] as number, skbHigh[slot] as number, key[slot] as number));
    this.#close(slot, reason);
  }

  /** Closes an open journey; its public number. */
  #close(slot: number, reason: number): number {
    this.#deliverEndedParent(this.#slab.parentKey[slot] as number);
    this.#open.remove(slot);
    this.#slab.endReason[slot] = reason;
    return this.#deliver(slot);
  }

  /** A link needs the parent's public number, which it does not have while it waits for older records. */
  #deliverEndedParent(parentKey: number): void {
    const parent = this.#slots.get(parentKey);
    if (parent === undefined || this.#slab.endReason[parent] === 0) return;
    while (this.#slots.has(parentKey)) this.#deliverEnding();
  }

  /** Takes the kernel's number of lost hops, of which the parts before a limit of hops have told theirs. */
  #noteLost(slot: number, total: number): void {
    const { lost, lostBefore } = this.#slab;
    lost[slot] = Math.max(lost[slot] as number, total - (lostBefore[slot] as number));
  }

  #deliver(slot: number): number {
    const slab = this.#slab;
    const publicId = ++this.#delivered;
    slab.publicId[slot] = publicId;
    if (slab.parentId[slot] === 0) slab.parentId[slot] = this.#parents.take(slab.parentKey[slot] as number);
    this.#slots.delete(slab.key[slot] as number);
    this.#sink.deliver(slab, slot);
    slab.release(slot);
    return publicId;
  }
}
