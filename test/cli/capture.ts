import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import type { Io } from "../../src/cli/io.js";

/** An Io whose streams are kept as text, and whose signals a test sends. */
export interface CapturedIo extends Io {
  readonly signals: EventEmitter & Io["signals"];
  /** Everything written to standard output so far. */
  outText(): string;
  /** Everything written to standard error so far. */
  errText(): string;
  /** Statuses passed to exit(). */
  readonly exits: number[];
}

/** Captures what a command writes; `terminal` makes both streams say that they are one. */
export function captureIo(terminal = false): CapturedIo {
  const [out, err] = [collect(terminal), collect(terminal)];
  const exits: number[] = [];
  return {
    out: out.stream,
    err: err.stream,
    env: {},
    signals: new EventEmitter() as CapturedIo["signals"],
    exit: (status) => exits.push(status),
    outText: out.text,
    errText: err.text,
    exits,
  };
}

function collect(isTTY: boolean) {
  const chunks: Buffer[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** Waits until something holds; fails after five seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`timed out waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
