/**
 * Looks once a second at what the traces cost that have a budget, has them shed what is too much, and
 * ends those that cannot.
 */
import { type Overhead, RunMeter, type RunsSoFar } from "./overhead.js";
import { Shedder, type Step } from "./shedder.js";

const INTERVAL_MS = 1000;

/** A trace that is watched. */
export interface Watched {
  /** What its programs did until now. */
  runs(): RunsSoFar;
  /** Follows one of so many conversations from now on; 0: none. */
  followOneIn(conversations: number): void;
  /** What it costs is news. */
  changed(): void;
  /** It costs too much even when it follows nothing; said in words. */
  overBudget(detail: string): void;
}

interface Entry {
  readonly watched: Watched;
  readonly meter: RunMeter;
  readonly maxCpuPercent: number;
  /** Whether it was told that it costs too much: then there is nothing more to do about it. */
  isOver: boolean;
}

/** What the kernel and the clock are asked. */
export interface Sources {
  /** Has the kernel measure until the function given is called. @throws IpftraceError where it does not */
  measure(): () => void;
  /** CLOCK_MONOTONIC. */
  nowNs(): bigint;
}

/** The watch over all traces of a server. */
export class OverheadWatch {
  readonly #maxCpuPercent: number;
  readonly #sources: Sources;
  readonly #shedder: Shedder;
  readonly #entries = new Map<number, Entry>();
  /** Traces for which the kernel measures, also those that are being attached. */
  readonly #measured = new Set<number>();
  #release: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `maxCpuPercent` is the budget of all traces together, percent of one CPU; 0: none. */
  constructor(maxCpuPercent: number, sources: Sources) {
    this.#maxCpuPercent = maxCpuPercent;
    this.#sources = sources;
    this.#shedder = new Shedder(maxCpuPercent || Number.POSITIVE_INFINITY);
  }

  /** Whether a trace with this budget of its own is watched, and may be told to follow less. */
  watches(maxCpuPercent: number): boolean {
    return maxCpuPercent > 0 || this.#maxCpuPercent > 0;
  }

  /** Has the kernel measure, for a trace that is about to be attached. @throws IpftraceError where it does not */
  prepare(id: number): void {
    this.measure();
    this.#measured.add(id);
  }

  /** Has the kernel measure until {@link close}, or until no trace needs it. @throws IpftraceError where it does not */
  measure(): void {
    this.#release ??= this.#sources.measure();
  }

  /** Watches a trace from now on. */
  add(id: number, maxCpuPercent: number, watched: Watched): void {
    const meter = new RunMeter(this.#sources.nowNs());
    this.#entries.set(id, { watched, meter, maxCpuPercent, isOver: false });
    this.#shedder.add(id, maxCpuPercent || Number.POSITIVE_INFINITY);
    this.#timer ??= setInterval(() => this.look(), INTERVAL_MS);
  }

  /** What a trace costs; undefined when it is not watched. */
  overhead(id: number): Overhead | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const { watched, meter, maxCpuPercent } = entry;
    const { runTimeNs, runs } = watched.runs();
    return {
      ...{ runTimeNs, runs, maxCpuPercent },
      cpuPercent: meter.cpuPercent,
      followedOneIn: this.#shedder.oneIn(id),
    };
  }

  /** Looks at all of them; public for tests, which have their own time. */
  look(): void {
    const nowNs = this.#sources.nowNs();
    const costs = new Map<number, number>();
    for (const [id, { watched, meter, isOver }] of this.#entries) {
      const percent = meter.look(watched.runs(), nowNs);
      if (!isOver) costs.set(id, percent);
    }
    for (const step of this.#shedder.tick(costs)) this.#take(step);
  }

  #take(step: Step): void {
    const entry = this.#entries.get(step.id);
    if (entry === undefined) return;
    if ("percent" in step) {
      entry.isOver = true;
      entry.watched.overBudget(excessText(step, entry.maxCpuPercent));
      return;
    }
    entry.watched.followOneIn(step.oneIn);
    entry.watched.changed();
  }

  /** A trace is out of the kernel, or did not get into it. With a budget of all traces, the next one will be measured, too. */
  remove(id: number): void {
    this.#entries.delete(id);
    this.#measured.delete(id);
    this.#shedder.remove(id);
    if (this.#entries.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    if (this.#measured.size === 0 && this.#maxCpuPercent === 0) this.close();
  }

  /** Measures no longer. */
  close(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

function excessText({ percent, budget }: Extract<Step, { readonly percent: number }>, own: number): string {
  const most = budget === own ? "is the most" : "is the most for all traces of this server together";
  return (
    `its programs cost ${percent.toFixed(1)} % of one CPU though no packet is followed, and ${budget} % ${most}: ` +
    "trace fewer functions, or give it more"
  );
}
