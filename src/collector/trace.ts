/**
 * One trace in the worker: from the ring to encoded batches.
 *
 *   ring → pipeline (assembler → batcher) → main thread
 *
 * Nothing runs while nothing happens: the ring's waker calls when records come, and the
 * housekeeping timer runs only while journeys are open or wait to be sent.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { hasPendingOfFirst } from "../journey/pending.js";
import type { Attachment } from "../kernel/attach.js";
import { TrackingMap } from "../kernel/counters.js";
import { programCounts } from "../kernel/program-info.js";
import { Ring } from "../kernel/ring.js";
import { RingWaker } from "../kernel/ring-waker.js";
import { followOneIn } from "../kernel/sampling.js";
import { StackMap } from "../kernel/stacks.js";
import type { Snapshot, Totals, TraceSpec } from "./messages.js";
import type { Overhead, RunsSoFar } from "./overhead.js";
import { type Meaning, Pipeline, type PipelineOutput } from "./pipeline.js";
import { TraceAccount } from "./trace-account.js";
import { assemblerOptions } from "./trace-parts.js";

/** Records between two turns of the event loop: 1-2 ms of work. */
const MAX_RECORDS_PER_DRAIN = 65_536;
const HOUSEKEEPING_MS = 50;
const TOTALS_INTERVAL_NS = 1_000_000_000;
/** How long stragglers on other CPUs may take to leave a program after it was detached. */
const SETTLE_MS = 1000;
const SETTLE_STEP_MS = 2;

/** Where a trace's output goes. */
export interface TraceOutput extends PipelineOutput {
  totals(totals: Totals): void;
  /** What the trace costs; undefined where it is not measured. */
  overhead(): Overhead | undefined;
}

/** A trace that is running. */
export class RunningTrace {
  readonly #attachment: Attachment;
  readonly #output: TraceOutput;
  readonly #baseNs: bigint;
  readonly #ring: Ring;
  readonly #waker: RingWaker;
  readonly #pipeline: Pipeline;
  readonly #account: TraceAccount;
  #housekeeping: NodeJS.Timeout | undefined;
  #totalsNs = 0;
  readonly #programFds: readonly number[];
  #isClosed = false;

  /** `baseNs` is CLOCK_MONOTONIC from before the attachment. */
  constructor(attachment: Attachment, spec: TraceSpec, meaning: Meaning, baseNs: bigint, output: TraceOutput) {
    const { object } = attachment;
    this.#attachment = attachment;
    this.#output = output;
    this.#baseNs = baseNs;
    this.#ring = new Ring(object.mapFd("ring"), spec.ringBytes);
    const kernel = {
      stacks: spec.stacks === "none" ? undefined : new StackMap(object.mapFd("stacks")),
      tracking: new TrackingMap(object.mapFd("tracked"), object.mapFd("untold")),
      functionIds: attachment.readAddresses?.(),
    };
    const limits = assemblerOptions(spec, meaning.names.customBytes);
    this.#pipeline = new Pipeline({ spec, limits, meaning, baseNs, kernel, output });
    this.#programFds = object.programFds(() => true);
    this.#account = new TraceAccount(attachment, this.#pipeline, () => output.overhead());
    this.#waker = new RingWaker(object.mapFd("ring"), () => this.#drain());
  }

  #nowNs(): number {
    return Number(process.hrtime.bigint() - this.#baseNs);
  }

  /** Returns how much there was to do, so that the waker knows when to rest. */
  #drain(): number {
    const found = this.#catchUp();
    if (found > 0) this.#keepHouse();
    return found + (this.#pipeline.assembler.hasEnding ? 1 : 0);
  }

  /**
   * Reads the ring, then does what is due. Never what is due alone: when this thread has not run for a
   * while, journeys look idle whose records wait in the ring. Returns how many records there were.
   */
  #catchUp(): number {
    const beganNs = this.#nowNs();
    const found = this.#drainRing();
    // Of what is left in the ring nothing is known yet.
    this.#pipeline.advance(this.#ring.isEmpty ? beganNs : this.#pipeline.assembler.newestNs);
    return found;
  }

  #drainRing(): number {
    return this.#ring.drain((words, word, bytes) => this.#pipeline.accept(words, word, bytes), MAX_RECORDS_PER_DRAIN);
  }

  #keepHouse(): void {
    this.#housekeeping ??= setInterval(() => {
      this.#catchUp();
      const nowNs = this.#nowNs();
      const isQuiet = !this.#pipeline.hasWaiting;
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

  /** What its programs did so far, as far as it was measured. */
  runs(): RunsSoFar {
    return programCounts(this.#programFds);
  }

  /** Follows one of so many conversations from now on, a power of two; 0: none. */
  followOneIn(conversations: number): void {
    followOneIn(this.#attachment.object, conversations);
  }

  /** The trace as it stands, for somebody who leaves it. */
  snapshot(): Snapshot {
    this.#catchUp();
    const { batches, leftOut } = this.#pipeline.showOpen();
    const totals = this.#account.settledTotals();
    return { batches, totals: { ...totals, filtered: totals.filtered + leftOut } };
  }

  /** Resolves when every journey that the programs have begun by now has been sent. */
  async flush(): Promise<void> {
    const end = this.#ring.end;
    while (!this.#isClosed && this.#ring.position < end) {
      this.#drain();
      await sleep(SETTLE_STEP_MS);
    }
    const { assembler } = this.#pipeline;
    const { begun } = assembler;
    while (!this.#isClosed && hasPendingOfFirst(assembler, begun)) await sleep(HOUSEKEEPING_MS);
    this.#pipeline.flush();
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
    this.#pipeline.close();
    const totals = this.totals();
    this.#isClosed = true;
    this.#free();
    return totals;
  }

  /** Frees everything at once, and tells nothing: for a thread that ends because of a defect. */
  abandon(): void {
    this.#waker.close();
    this.#rest();
    this.#free();
  }

  #free(): void {
    this.#ring.close();
    this.#account.close();
    this.#attachment.object.close();
  }

  /** Programs on other CPUs may still be running when their link is gone: waits until the numbers meet. */
  async #settle(): Promise<void> {
    for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += SETTLE_STEP_MS) {
      while (this.#drainRing() > 0);
      if (this.#account.isSettled()) return;
      await sleep(SETTLE_STEP_MS);
    }
  }
}
