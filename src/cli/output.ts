/** Standard output that may be slow, full or closed. */

import { once } from "node:events";
import { IpftraceError, messageOf } from "../errors.js";
import type { Io, TextStream } from "./io.js";

/** The reader of standard output is gone, as in `ipftrace ... | head`: no error, there is just nothing left to do. */
export const READER_GONE = Symbol("the reader of standard output is gone");

/**
 * A writer that waits while the stream is full, so that a slow reader slows the trace's
 * stream down instead of filling this process's memory. A stream that fails aborts `end`,
 * with {@link READER_GONE} or an IpftraceError as its reason; from then on every write, also
 * one that is waiting, rejects with that reason.
 */
export function createWriter(stream: TextStream, end: AbortController): (text: string) => Promise<void> {
  stream.on("error", (error: NodeJS.ErrnoException) => end.abort(writeFailure(error)));
  return async (text) => {
    end.signal.throwIfAborted();
    if (stream.write(text)) return;
    try {
      await once(stream, "drain", { signal: end.signal });
    } catch (error) {
      throw end.signal.aborted ? end.signal.reason : writeFailure(error);
    }
  };
}

/** Writes a text that stands for itself; a reader who has seen enough is no error. */
export async function print({ out }: Pick<Io, "out">, text: string): Promise<void> {
  try {
    await createWriter(out, new AbortController())(text);
  } catch (error) {
    if (error !== READER_GONE) throw error;
  }
}

function writeFailure(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code === "EPIPE") return READER_GONE;
  return new IpftraceError("UNAVAILABLE", `cannot write to standard output: ${messageOf(error)}`, { cause: error });
}
