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
 * limit of hops goes on in another one that names it; so does a forgotten packet (last-packets.ts).
 *
 * Pure: no I/O, no timers, no clock. Time enters as an argument of `advance()`.
 * Units: `…Ns` are nanoseconds since the trace's time base, as numbers.
 */
import { HopFlag } from "../decode/layout.js";
import * as record from "../decode/record.js";
import { type AssemblerOptions, EndReason, type JourneySink } from "./contract.js";
import { EndingQueue } from "./ending-queue.js";
import { fillContinuation, fillFirst, fillHop, fillLink, LINK_CONTINUATION, noteLost, stretch } from "./fill.js";
import { KeyTable } from "./key-table.js";
import { LastPackets } from "./last-packets.js";
import { NONE } from "./none.js";
import { Numbering } from "./numbering.js";
import { OpenList } from "./open-list.js";
import { Slab } from "./slab.js";

/** How long an ended journey waits for older records of other CPUs: longer than an interrupt between time stamp and ring. */
const REORDER_NS = 1_000_000;

/** The assembler of one trace. */
export class Assembler {
  readonly #slab: Slab;
  readonly #open: OpenList;
  /** Of journeys that are open or ending, by the number that the kernel gave. */
  readonly #slots: KeyTable;
  readonly #numbers: Numbering;
  readonly #lastPackets = new LastPackets();
  // By themselves, whatever made the options: V8 compiles for objects that were made in one place.
  readonly #maxHops: number;
  readonly #idleTimeoutNs: number;
  readonly #customBytes: number;
  readonly #sink: JourneySink;
  readonly #base: record.TimeBase;
  readonly #ending: EndingQueue;

  /** Time of the newest record so far. */
  newestNs = 0;
  /** Records whose journey was closed already. */
  lateEvents = 0;
  /** Records that made no sense. */
  undecodable = 0;
  /** Journeys cut short, because the kernel forgot their packets to make room for others. */
  cutJourneys = 0;

  constructor(options: AssemblerOptions, base: record.TimeBase, sink: JourneySink) {
    // Room can always be made beside the journey that needs it.
    if (options.maxOpen < 2 || options.maxOpenHops <= options.maxHops) {
      throw new RangeError("an assembler needs room for two journeys, and for more hops than one may have");
    }
    this.#maxHops = options.maxHops;
    this.#idleTimeoutNs = options.idleTimeoutNs;
    this.#customBytes = options.customBytes;
    this.#base = base;
    this.#sink = sink;
    this.#slab = new Slab(options.maxOpen, options.maxOpenHops, options.customBytes / 4);
    this.#open = new OpenList(this.#slab);
    this.#slots = new KeyTable(options.maxOpen);
    this.#numbers = new Numbering(this.#slab, this.#slots);
    this.#ending = new EndingQueue(options.maxOpen);
  }

  /** Journeys that are open or ending. */
  get pending(): number {
    return this.#slots.size;
  }

  /** Number of the newest journey. */
  get begun(): number {
    return this.#numbers.newest;
  }

  /** Calls `visit` for each journey that is ending or open, in the order of {@link closeAll}; it must leave it as it is. */
  forEachPending(visit: (slab: Slab, slot: number) => void): void {
    for (const slot of this.#ending.slots()) visit(this.#slab, slot);
    for (const slot of this.#open.slots()) visit(this.#slab, slot);
  }

  /** Takes one record of the ring. */
  accept(words: Uint32Array, at: number, bytes: number): void {
    if (!record.isWhole(words, at, bytes, this.#customBytes)) {
      this.undecodable++;
      return;
    }
    const key = record.journeyOf(words, at);
    const known = this.#slots.get(key);
    const slot = known === NONE ? this.#begin(words, at) : known;
    if (slot === NONE) {
      this.lateEvents++;
      return;
    }
    this.#append(slot, words, at);
  }

  /** A slot for a journey whose first record this is; NONE for a record that comes too late. */
  #begin(words: Uint32Array, at: number): number {
    // A changed flow, or a link to another journey, is not a first one: that hop's journey is closed.
    if ((record.flagsOf(words, at) & (HopFlag.FLOW | HopFlag.CHANGED | HopFlag.LINK)) !== HopFlag.FLOW) return NONE;
    const before = this.#lastPackets.put(words, at);
    const forgotten = before === NONE ? NONE : this.#slots.get(before);
    if (forgotten !== NONE && this.#slab.endReason[forgotten] === 0) this.#closeEarly(forgotten, EndReason.EVICTED);
    const slot = this.#newSlot(record.journeyOf(words, at));
    fillFirst(this.#slab, slot, words, at, record.timeOf(words, at, this.#base));
    this.#slab.parentId[slot] = this.#numbers.get(before === NONE ? record.parentOf(words, at) : before);
    if (before !== NONE) this.#slab.link[slot] = LINK_CONTINUATION;
    return slot;
  }

  #newSlot(key: number): number {
    let slot = this.#slab.takeSlot();
    while (slot === NONE) {
      this.#makeRoom();
      slot = this.#slab.takeSlot();
    }
    this.#slab.key[slot] = key;
    this.#slab.publicId[slot] = this.#numbers.begin(key);
    this.#slots.set(key, slot);
    this.#open.add(slot);
    return slot;
  }

  #append(given: number, words: Uint32Array, at: number): void {
    const slab = this.#slab;
    const flags = record.flagsOf(words, at);
    let slot = given;
    if (flags & HopFlag.ROW) {
      if ((slab.hopCount[slot] as number) >= this.#maxHops) slot = this.#splitAtLimit(slot);
      if (!this.#appendHop(slot, words, at)) return;
    }
    if (flags & HopFlag.LINK) fillLink(slab, slot, words, at, this.#numbers.intoOf(words, at));
    (slab.events[slot] as number)++;
    noteLost(slab, slot, record.lostOf(words, at));
    const timeNs = record.timeOf(words, at, this.#base);
    stretch(slab, slot, timeNs);
    if (timeNs > this.newestNs) this.newestNs = timeNs;
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
    const functionId = this.#sink.functionId(record.functionOf(words, at));
    fillHop(slab, hop, words, at, record.timeOf(words, at, this.#base), functionId);
    return true;
  }

  #end(slot: number, words: Uint32Array, at: number): void {
    this.#open.remove(slot);
    this.#slab.endReason[slot] = record.endReasonOf(words, at);
    this.#slab.dropReason[slot] = record.dropReasonOf(words, at);
    this.#slab.location[slot] = record.locationOf(words, at);
    this.#slab.endStack[slot] = record.stackOf(words, at);
    this.#ending.push(slot);
  }

  /** Closes a journey at its limit of hops; the slot of the one that goes on. */
  #splitAtLimit(full: number): number {
    const slab = this.#slab;
    const key = slab.key[full] as number;
    const endReason = slab.endReason[full] as number;
    const next = endReason === 0 ? this.#newSlotBeside(full, key) : NONE;
    if (next === NONE) return full;
    this.#close(full, EndReason.HOP_LIMIT);
    this.#slots.set(key, next);
    return next;
  }

  #newSlotBeside(full: number, key: number): number {
    this.#open.touch(full);
    const next = this.#newSlot(key);
    fillContinuation(this.#slab, next, full);
    return next;
  }

  /** Frees a slot: of a journey that has ended, though its time to wait is not over, else of the one idle longest. */
  #makeRoom(): void {
    if (this.hasEnding) this.#deliverEnding();
    else this.#closeEarly(this.#open.oldest, EndReason.EVICTED);
  }

  /** Delivers what has ended, and closes what has been idle, as of `nowNs`. */
  advance(nowNs: number): void {
    while (this.hasEnding && (this.#slab.lastNs[this.#ending.first] as number) + REORDER_NS <= nowNs)
      this.#deliverEnding();
    for (;;) {
      const slot = this.#open.oldest;
      if (slot === NONE || (this.#slab.lastNs[slot] as number) + this.#idleTimeoutNs > nowNs) break;
      this.#closeEarly(slot, EndReason.IDLE_TIMEOUT);
    }
  }

  /** Whether a journey has ended and waits to be delivered. */
  get hasEnding(): boolean {
    return !this.#ending.isEmpty;
  }

  /** Closes everything: the trace has ended. */
  closeAll(): void {
    while (this.hasEnding) this.#deliverEnding();
    while (this.#open.oldest !== NONE) this.#closeEarly(this.#open.oldest, EndReason.TRACE_STOPPED);
  }

  #deliverEnding(): void {
    this.#deliver(this.#ending.shift());
  }

  #closeEarly(slot: number, reason: number): void {
    const { skbLow, skbHigh, key } = this.#slab;
    const lost = this.#sink.untrack(skbLow[slot] as number, skbHigh[slot] as number, key[slot] as number);
    if (lost < 0) this.cutJourneys++;
    noteLost(this.#slab, slot, lost);
    this.#close(slot, lost < 0 ? EndReason.EVICTED : reason);
  }

  /** Closes an open journey. */
  #close(slot: number, reason: number): void {
    this.#open.remove(slot);
    this.#slab.endReason[slot] = reason;
    this.#deliver(slot);
  }

  #deliver(slot: number): void {
    const slab = this.#slab;
    const key = slab.key[slot] as number;
    this.#slots.delete(key);
    this.#numbers.close(key, slab.publicId[slot] as number);
    this.#sink.deliver(slab, slot);
    slab.release(slot);
  }
}
