/** What the host tells the guest to do: written as JSON by run-lab.ts, read by guest.ts. */

/** One scenario, as far as the guest needs to know it. */
export interface PlannedScenario {
  /** Name of the files that it leaves in /out: NAME.messages and NAME.json. */
  readonly name: string;
  /** An encoded TraceRequest, base64. */
  readonly request: string;
  /** A shell script; traffic.sh is there already. */
  readonly traffic: string;
  /** Left running when it has started, because to detach would take minutes; only the last one may be. */
  readonly leave?: boolean;
}

/** Everything that one virtual machine is to do. */
export interface Plan {
  readonly scenarios: readonly PlannedScenario[];
}

/** What a scenario tells beside the messages of its trace: NAME.json. */
export interface Outcome {
  /** Exit status of the traffic; null when it was stopped because its time was over. */
  readonly status: number | null;
  /** What the traffic printed, stderr included. */
  readonly output: string;
  /** What kept the trace from running to its end; empty when nothing did. */
  readonly failure: string;
  /** Milliseconds until TraceStarted, for the traffic, and until the stream's end. */
  readonly startMs: number;
  readonly trafficMs: number;
  readonly stopMs: number;
}

/** An encoded GetNodeResponse. */
export const NODE_FILE = "node";
/** Made when everything is written: what still runs may be powered off. */
export const DONE_FILE = "done";

/** Length of what is in front of each message in NAME.messages: its size, 32 bits, little endian. */
export const SIZE_BYTES = 4;
