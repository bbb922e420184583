import type { Writable } from "node:stream";

/** A standard stream: text goes in; it may be a terminal. */
export type TextStream = Writable & { readonly isTTY?: boolean };

/** Where SIGINT and SIGTERM come from; `process` is one. */
interface SignalSource {
  on(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(signal: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/** What a command has of the outside world; tests pass their own. */
export interface Io {
  /** Results only: what a pipeline reads. */
  readonly out: TextStream;
  /** Diagnostics and errors. */
  readonly err: TextStream;
  /** Environment variables; NO_COLOR and TERM are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  /** Ends the process at once. */
  exit(status: number): void;
}

/** The process's own streams, environment and signals. */
export function processIo(): Io {
  return {
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    signals: process,
    exit: (status) => process.exit(status),
  };
}
