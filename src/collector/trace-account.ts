/** Where the events of one trace went, from the probes to the batches. */
import { type KernelCounters, type LossTimes, type Lost, sumCounters } from "../decode/counters.js";
import { countersLayout } from "../decode/layout.js";
import { LossClock } from "../decode/loss-clock.js";
import type { Attachment } from "../kernel/attach.js";
import { CounterMemory } from "../kernel/counters.js";
import type { Overhead, Totals } from "./messages.js";
import type { Pipeline } from "./pipeline.js";

/** The account of one trace, as long as its programs are loaded. */
export class TraceAccount {
  readonly #pipeline: Pipeline;
  readonly #overhead: () => Overhead | undefined;
  readonly #memory: CounterMemory;
  readonly #missed: Attachment["missed"];
  readonly #clocks = { probe: new LossClock(), decode: new LossClock(), assembly: new LossClock() };

  /** `overhead` tells what the trace costs; undefined where it is not measured. */
  constructor({ object, missed }: Attachment, pipeline: Pipeline, overhead: () => Overhead | undefined) {
    this.#pipeline = pipeline;
    this.#overhead = overhead;
    this.#memory = new CounterMemory(object.mapFd("counters"), countersLayout.size);
    this.#missed = missed;
  }

  /** Whether everything that the programs have sent came out of the ring. */
  isSettled(): boolean {
    return this.#inRing(this.#kernelCounters()) === 0;
  }

  /** Events that the programs have seen, and nobody has read. */
  #inRing({ seen, filtered, lost }: KernelCounters): number {
    return seen - Object.values(lost).reduce((sum, { events }) => sum + events, filtered + this.#pipeline.drained);
  }

  /** Where those events went that have been read or decided on. */
  settledTotals(): Totals {
    return this.#totalsOf(this.#kernelCounters(), true);
  }

  /** Where the events went so far. */
  totals(): Totals {
    return this.#totalsOf(this.#kernelCounters(), false);
  }

  #totalsOf(counters: KernelCounters, areSettled: boolean): Totals {
    const { undecodable, lateEvents, cutJourneys } = this.#pipeline.assembler;
    const { seen, filtered, matched, lost } = counters;
    const missed = this.#missed.count();
    const nowNs = process.hrtime.bigint();
    return {
      seen: seen + missed - (areSettled ? this.#inRing(counters) : 0),
      filtered: filtered + this.#pipeline.leftOut,
      matched,
      cutJourneys,
      overhead: this.#overhead(),
      lost: {
        ...lost,
        probe: lostThen(missed, this.#clocks.probe.update(missed, nowNs)),
        decode: lostThen(undecodable, this.#clocks.decode.update(undecodable, nowNs)),
        assembly: lostThen(lateEvents, this.#clocks.assembly.update(lateEvents, nowNs)),
      },
    };
  }

  /** The account stays what it was. */
  close(): void {
    this.#memory.close();
  }

  #kernelCounters(): KernelCounters {
    return sumCounters(this.#memory.counters);
  }
}

function lostThen(events: number, times: LossTimes): Lost {
  return { events, ...times };
}
