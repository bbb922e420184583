/** What the programs of a trace cost. Pure: counts and times come in. */

/** What a trace costs its node. */
export interface Overhead extends RunsSoFar {
  /** In the last whole second, percent of one CPU. */
  readonly cpuPercent: number;
  /** The most that it may be; 0: only the server's limit for all traces. */
  readonly maxCpuPercent: number;
  /** Of so many conversations one is followed; 0: none. */
  readonly followedOneIn: number;
}

/** What the programs of a trace did since it started. */
export interface RunsSoFar {
  /** Time in them, on all CPUs, nanoseconds. */
  readonly runTimeNs: bigint;
  /** How often they ran. */
  readonly runs: bigint;
}

/** What one trace costs from one look to the next. */
export class RunMeter {
  #timeNs: bigint;
  #runTimeNs = 0n;
  /** What the last look told. */
  cpuPercent = 0;

  /** Its programs have not run until `nowNs`. */
  constructor(nowNs: bigint) {
    this.#timeNs = nowNs;
  }

  /** What its programs cost since the last look, percent of one CPU. */
  look({ runTimeNs }: RunsSoFar, nowNs: bigint): number {
    const elapsedNs = Number(nowNs - this.#timeNs);
    if (elapsedNs > 0) this.cpuPercent = (Number(runTimeNs - this.#runTimeNs) / elapsedNs) * 100;
    this.#timeNs = nowNs;
    this.#runTimeNs = runTimeNs;
    return this.cpuPercent;
  }
}
