/** What a trace attaches to. */

/** One function, or tracepoint, of a trace's dictionary. */
export interface TracedFunction {
  /** Number in the dictionary, from 1. */
  readonly id: number;
  /** Name as shown: the function's, or "tracepoint:NAME". */
  readonly name: string;
  /** Name of the tracepoint, for a tracepoint. */
  readonly tracepoint?: string;
  /** Position of the sk_buff argument, 1-5. */
  readonly position: number;
  /** Whether journeys end with it. */
  readonly egress: boolean;
  /** Whether it is told only of packets that are followed already: no journey begins there. */
  readonly followOnly: boolean;
  /** Group of the manifest. */
  readonly group: string;
  /** Kernel module, "vmlinux" for the kernel itself. */
  readonly module: string;
}

/** A function that could not be attached, and why. */
export interface Refused {
  readonly function: TracedFunction;
  readonly reason: string;
}

/** What a backend did. */
export interface Attached {
  /** What the kernel refused. */
  readonly refused: readonly Refused[];
  /**
   * Reads the instruction pointers by which records name functions, with the function's id.
   * Costly; undefined when records hold ids.
   */
  readonly readAddresses?: () => ReadonlyMap<number, number>;
  /** The group of the kprobe events; undefined where there are none. */
  readonly group?: string;
  /** Removes what closing the BPF object leaves behind; undefined when there is nothing. */
  readonly release?: () => Promise<void>;
}

/** Told how many functions are attached so far. */
export type OnProgress = (attached: number) => void;
