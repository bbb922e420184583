/**
 * One trace in the worker: from the ring to encoded batches.
 *
 *   ring → assembler → batcher → main thread
 *
 * Nothing runs while nothing happens: the ring's waker calls when records come, and the
 * housekeeping timer runs only while journeys are open or wait to be sent.
 */
import type { BlockField } from "../decode/custom-block.js";
import { interfaceOf, isInterface } from "../decode/interface.js";
import { timeBase } from "../decode/record.js";
import { Batcher, type EncodedBatch } from "../encode/batcher.js";
import { NameTable } from "../encode/names.js";
import { Assembler } from "../journey/assembler.js";
import type { Slab } from "../journey/slab.js";
import type { Attachment } from "../kernel/attach.js";
import { TrackingMap } from "../kernel/counters.js";
import type { DropReasons } from "../kernel/drop-reasons.js";
import { Ring } from "../kernel/ring.js";
import { RingWaker } from "../kernel/ring-waker.js";
import { StackMap } from "../kernel/stacks.js";
import type { SymbolTable } from "../kernel/symbol-table.js";
import { DictionaryWriter } from "./dictionary.js";
import type { JourneyTest } from "./end-conditions.js";
import type { Dictionary, Totals, TraceSpec } from "./messages.js";
import { TraceAccount } from "./trace-account.js";

/** Records between two turns of the event loop: 1-2 ms of work. */
const MAX_RECORDS_PER_DRAIN = 65_536;
const HOUSEKEEPING_MS = 50;
const TOTALS_INTERVAL_NS = 1_000_000_000;
/** A batch of journeys of this size is full: what a gRPC message may well hold, well below its limit. */
const BATCH_BYTES = 64 * 1024;
const MIN_OPEN_JOURNEYS = 16_384;
const MAX_OPEN_JOURNEYS = 65_536;
const OPEN_HOPS = 262_144;
/** A probe that was hit where no function of the trace begins. */
const UNKNOWN_FUNCTION = "[unknown]";
/** How long stragglers on other CPUs may take to leave a program after it was detached. */
const SETTLE_MS = 1000;
const SETTLE_STEP_MS = 2;

/** Where a trace's output goes. */
export interface TraceOutput {
  batch(batch: EncodedBatch): void;
  /** Comes before the first batch that uses it. */
  dictionary(dictionary: Dictionary): void;
  totals(totals: Totals): void;
  /** maxJourneys of the spec have been sent. */
  limit(): void;
}

/** What a trace's journeys are read and encoded with. */
export interface TraceNames {
  readonly functions: Iterable<readonly [number, string]>;
  readonly dropReasons: DropReasons;
  /** Asked when the first address is to be told. */
  readonly symbols: () => SymbolTable;
  /** What modules collect at each hop. */
  readonly customFields: readonly BlockField[];
  /** Size of what they collect. */
  readonly customBytes: number;
}

/** What numbers mean, and which journeys are wanted. */
interface Meaning {
  readonly names: TraceNames;
  /** undefined: all. */
  readonly isWanted: JourneyTest | undefined;
}

/** A trace that is running. */
export class RunningTrace {
  readonly #attachment: Attachment;
  readonly #output: TraceOutput;
  readonly #baseNs: bigint;
  readonly #ring: Ring;
  readonly #waker: RingWaker;
  readonly #assembler: Assembler;
  readonly #account: TraceAccount;
  readonly #batcher: Batcher;
  readonly #dictionary: DictionaryWriter;
  #housekeeping: NodeJS.Timeout | undefined;
  #totalsNs = 0;
  readonly #maxJourneys: number;
  readonly #isWanted: JourneyTest | undefined;
  #journeys = 0;

  /** `baseNs` is CLOCK_MONOTONIC from before the attachment. */
  constructor(attachment: Attachment, spec: TraceSpec, meaning: Meaning, baseNs: bigint, output: TraceOutput) {
    const { object } = attachment;
    const { names, isWanted } = meaning;
    const ids = attachment.readAddresses?.();
    this.#attachment = attachment;
    this.#output = output;
    this.#baseNs = baseNs;
    this.#maxJourneys = spec.maxJourneys;
    this.#isWanted = isWanted;
    this.#ring = new Ring(object.mapFd("ring"), spec.ringBytes);
    const stacks = spec.stacks === "none" ? undefined : new StackMap(object.mapFd("stacks"));
    this.#dictionary = new DictionaryWriter(stacks, names.symbols, (dictionary) => output.dictionary(dictionary));
    this.#batcher = this.#makeBatcher(spec, names);
    const tracking = new TrackingMap(object.mapFd("tracked"));
    this.#assembler = new Assembler(assemblerOptions(spec, names.customBytes), timeBase(baseNs), {
      deliver: (slab: Slab, slot: number) => this.#deliver(slab, slot),
      untrack: (low, high, key) => tracking.untrack(low, high, key),
      functionId: ids === undefined ? (value) => value : (value) => ids.get(value) ?? 0,
    });
    this.#account = new TraceAccount(object, this.#assembler);
    this.#waker = new RingWaker(object.mapFd("ring"), () => this.#drain());
  }

  #makeBatcher(spec: TraceSpec, names: TraceNames): Batcher {
    const limits = { journeys: spec.batchJourneys, bytes: BATCH_BYTES, delayNs: spec.batchDelayMs * 1e6 };
    const encoding = {
      baseNs: this.#baseNs,
      functionNames: spec.functionNames ? new NameTable(names.functions, UNKNOWN_FUNCTION) : undefined,
      dropReasons: new NameTable(names.dropReasons.names),
      dropSubsystems: new NameTable(names.dropReasons.subsystems),
      location: (low: number) => this.#dictionary.location(low),
      customFields: names.customFields,
    };
    return new Batcher(limits, encoding, (batch) => this.#output.batch(batch));
  }

  #deliver(slab: Slab, slot: number): void {
    const isBeyondLimit = this.#maxJourneys > 0 && this.#journeys === this.#maxJourneys;
    if (isBeyondLimit || this.#isWanted?.(slab, slot) === false) {
      this.#account.leftOut += slab.events[slot] as number;
      return;
    }
    this.#dictionary.prepare(slab, slot);
    this.#batcher.add(slab, slot);
    if (++this.#journeys === this.#maxJourneys) {
      this.#batcher.flush();
      this.#output.limit();
    }
  }

  #nowNs(): number {
    return Number(process.hrtime.bigint() - this.#baseNs);
  }

  /** Returns how much there was to do, so that the waker knows when to rest. */
  #drain(): number {
    const found = this.#catchUp();
    if (found > 0) this.#keepHouse();
    return found + (this.#assembler.hasEnding ? 1 : 0);
  }

  /**
   * Reads the ring, then does what is due. Never what is due alone: when this thread has not run for a
   * while, journeys look idle whose records wait in the ring. Returns how many records there were.
   */
  #catchUp(): number {
    const beganNs = this.#nowNs();
    const found = this.#drainRing();
    // Of what is left in the ring nothing is known yet.
    this.#advance(this.#ring.isEmpty ? beganNs : this.#assembler.newestNs);
    return found;
  }

  #drainRing(): number {
    return this.#ring.drain((word, bytes) => this.#accept(word, bytes), MAX_RECORDS_PER_DRAIN);
  }

  #accept(word: number, bytes: number): void {
    const { words } = this.#ring;
    if (isInterface(bytes)) {
      this.#dictionary.addInterface(interfaceOf(words, word));
      return;
    }
    this.#account.drained++;
    this.#assembler.accept(words, word, bytes);
  }

  #advance(nowNs: number): void {
    this.#assembler.advance(nowNs);
    this.#batcher.advance(nowNs);
  }

  #keepHouse(): void {
    this.#housekeeping ??= setInterval(() => {
      this.#catchUp();
      const nowNs = this.#nowNs();
      const isQuiet = this.#assembler.pending === 0 && !this.#batcher.hasWaiting;
      if (isQuiet || nowNs - this.#totalsNs >= TOTALS_INTERVAL_NS) {
        this.#totalsNs = nowNs;
        this.#output.totals(this.totals());
      }
      if (isQuiet) this.#rest();
    }, HOUSEKEEPING_MS);
  }

  #rest(): void {
    clearInterval(this.#housekeeping);
    this.#housekeeping = undefined;
  }

  /** Where this trace's events went so far. */
  totals(): Totals {
    return this.#account.totals();
  }

  /**
   * Takes the trace out of the kernel, sends what is left and frees everything. The totals
   * are exact: what the programs sent and what came out of the ring is compared before.
   */
  async stop(): Promise<Totals> {
    // That may take half a minute, in which what has been sent is read as before.
    await this.#attachment.detach();
    this.#waker.close();
    this.#rest();
    await this.#settle();
    this.#assembler.closeAll();
    this.#batcher.flush();
    this.#dictionary.flush();
    const totals = this.totals();
    this.#ring.close();
    this.#attachment.object.close();
    return totals;
  }

  /** Programs on other CPUs may still be running when their link is gone: waits until the numbers meet. */
  async #settle(): Promise<void> {
    for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += SETTLE_STEP_MS) {
      while (this.#drainRing() > 0);
      if (this.#account.isSettled()) return;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_STEP_MS));
    }
  }
}

function assemblerOptions(spec: TraceSpec, customBytes: number) {
  return {
    maxHops: spec.maxHops,
    idleTimeoutNs: spec.idleTimeoutMs * 1e6,
    maxOpen: Math.min(Math.max(spec.trackingEntries, MIN_OPEN_JOURNEYS), MAX_OPEN_JOURNEYS),
    maxOpenHops: Math.max(OPEN_HOPS, spec.maxHops * 2),
    customBytes,
  };
}
