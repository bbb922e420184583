/**
 * The way of a record to a batch: what of a trace needs no kernel.
 *
 * By itself, so that rehearsal.ts goes the same way: V8 compiles what is called at a place into the caller, and
 * throws that away when something else is called there, be it another function with the same text.
 */
import { interfaceOf, isInterface } from "../decode/interface.js";
import { timeBase } from "../decode/record.js";
import type { Batcher, EncodedBatch } from "../encode/batcher.js";
import { Assembler } from "../journey/assembler.js";
import type { AssemblerOptions } from "../journey/contract.js";
import { showPending } from "../journey/pending.js";
import type { Slab } from "../journey/slab.js";
import type { TrackingMap } from "../kernel/counters.js";
import type { StackMap } from "../kernel/stacks.js";
import { DictionaryWriter } from "./dictionary.js";
import type { JourneyTest } from "./end-conditions.js";
import type { Dictionary } from "./messages.js";
import { type BatchSpec, batcherMaker, type TraceNames } from "./trace-parts.js";

/** What numbers mean, and which journeys are wanted. */
export interface Meaning {
  readonly names: TraceNames;
  /** undefined: all. */
  readonly isWanted: JourneyTest | undefined;
}

/** What is asked of the kernel on the way. */
interface KernelSide {
  /** undefined without call stacks. */
  readonly stacks: Pick<StackMap, "read"> | undefined;
  readonly tracking: Pick<TrackingMap, "untrack">;
  /** Functions by what records say of them; undefined: they have the id itself. */
  readonly functionIds: ReadonlyMap<number, number> | undefined;
}

/** Where the way ends. */
export interface PipelineOutput {
  batch(batch: EncodedBatch): void;
  /** Comes before the first batch that uses it. */
  dictionary(dictionary: Dictionary): void;
}

/** What a pipeline is made of. */
interface PipelineParts {
  readonly spec: BatchSpec;
  readonly limits: AssemblerOptions;
  readonly meaning: Meaning;
  /** The moment from which times count, CLOCK_MONOTONIC. */
  readonly baseNs: bigint;
  readonly kernel: KernelSide;
  readonly output: PipelineOutput;
}

/** The pipeline of one trace. */
export class Pipeline {
  readonly assembler: Assembler;
  readonly #isWanted: JourneyTest | undefined;
  readonly #dictionary: DictionaryWriter;
  readonly #makeBatcher: (emit: (batch: EncodedBatch) => void) => Batcher;
  readonly #batcher: Batcher;
  /** Records of events that came. */
  drained = 0;
  /** Events of journeys that nobody wants. */
  leftOut = 0;

  constructor({ spec, limits, meaning, baseNs, kernel, output }: PipelineParts) {
    const { names, isWanted } = meaning;
    const { stacks, tracking, functionIds } = kernel;
    this.#isWanted = isWanted;
    this.#dictionary = new DictionaryWriter(stacks, names.symbols, (dictionary) => output.dictionary(dictionary));
    this.#makeBatcher = batcherMaker(spec, names, baseNs, (low) => this.#dictionary.location(low));
    this.#batcher = this.#makeBatcher((batch) => output.batch(batch));
    this.assembler = new Assembler(limits, timeBase(baseNs), {
      deliver: (slab: Slab, slot: number) => this.#deliver(slab, slot),
      untrack: (low, high, key) => tracking.untrack(low, high, key),
      functionId: (value) => (functionIds === undefined ? value : (functionIds.get(value) ?? 0)),
    });
  }

  /** Takes a record of `bytes` whose first word is at `at`. */
  accept(words: Uint32Array, at: number, bytes: number): void {
    if (isInterface(bytes)) {
      this.#dictionary.addInterface(interfaceOf(words, at));
      return;
    }
    this.drained++;
    this.assembler.accept(words, at, bytes);
  }

  #deliver(slab: Slab, slot: number): void {
    if (this.#isWanted?.(slab, slot) === false) {
      this.leftOut += slab.events[slot] as number;
      return;
    }
    this.#dictionary.prepare(slab, slot);
    this.#batcher.add(slab, slot);
  }

  /** Does what is due at `nowNs`, counted from the base. */
  advance(nowNs: number): void {
    this.assembler.advance(nowNs);
    this.#batcher.advance(nowNs);
  }

  /** Whether journeys are open, or wait to be sent. */
  get hasWaiting(): boolean {
    return this.assembler.pending > 0 || this.#batcher.hasWaiting;
  }

  /** Sends what waits. */
  flush(): void {
    this.#batcher.flush();
  }

  /** Closes what is open, and sends everything. */
  close(): void {
    this.assembler.closeAll();
    this.#batcher.flush();
    this.#dictionary.flush();
  }

  /** The journeys that are open, as they stand, and the events of those that nobody wants. What waits is sent before. */
  showOpen(): { batches: EncodedBatch[]; leftOut: number } {
    this.#batcher.flush();
    const batches: EncodedBatch[] = [];
    const batcher = this.#makeBatcher((batch) => batches.push(batch));
    let leftOut = 0;
    showPending(this.assembler, (slab, slot) => {
      if (this.#isWanted?.(slab, slot) === false) {
        leftOut += slab.events[slot] as number;
        return;
      }
      this.#dictionary.prepare(slab, slot);
      batcher.add(slab, slot);
    });
    batcher.flush();
    return { batches, leftOut };
  }
}
