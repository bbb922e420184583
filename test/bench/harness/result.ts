/** What a benchmark found: kept as docs/benchmarks/NAME.json, shown in docs/benchmarks.md. */

/** A figure that was measured several times. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How often it was measured. */
  readonly runs: number;
}

/** What a cell shows: a word, a number that was counted, or a figure. */
export type Cell = string | number | Figure;

/** A column: its title, with the unit of its numbers, and how many decimals they have. */
export interface Column {
  readonly title: string;
  /** Default: 0. */
  readonly decimals?: number;
}

/** One table. The first cell of a row says what the row is about. */
export interface Table {
  readonly title: string;
  /** Draws a column's medians as bars, by the row's first cell. Default: no picture. */
  readonly bars?: { readonly column: number; readonly unit: string };
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A goal, and how far it was reached. */
export interface Goal {
  /** What is aimed at: "at most 1.3 times the C consumer". */
  readonly aim: string;
  /** What was found, in the same terms. */
  readonly found: string;
  readonly isMet: boolean;
  /** Where it was missed: why. */
  readonly reason?: string;
}

/** What a benchmark brings back. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  /** How it was measured, and what a reader has to know: one paragraph each. */
  readonly notes: readonly string[];
  /** Programs that were compared, with their versions. */
  readonly peers?: Readonly<Record<string, string>>;
}

/** Where it was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly system: string;
  /** Load average of the last minute before the first run: of others, so that figures can be judged. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** A file of docs/benchmarks. */
export interface Report extends Findings {
  readonly name: string;
  readonly about: string;
  /** The day on which it was measured: 2026-11-22. */
  readonly date: string;
  /** How long that took, seconds. */
  readonly seconds: number;
  readonly machine: Machine;
}

/** What a file of test/bench exports as `benchmark`. */
export interface Benchmark {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  run(bench: Bench): Promise<Findings>;
}

/** What a benchmark is run with. */
export interface Bench {
  /** How often everything is measured: 5, unless told otherwise. */
  readonly runs: number;
  /** A folder that is removed in the end. */
  readonly folder: string;
  /** Says on standard error what is being done. */
  progress(text: string): void;
}
