/**
 * Catches what libbpf prints, so that a failed load can say why.
 *
 * libbpf's print callback is one for the process, and koffi queues a call from another
 * thread to the thread that registered it: it must be registered on the thread that
 * makes the libbpf calls, and be taken back before that thread ends.
 */
import koffi from "koffi";
import { libbpf, libc } from "./libbpf.js";

/** enum libbpf_print_level: warnings are 0. */
const LEVEL_WARN = 0;
/** Enough to hold the end of a verifier's log. */
const MAX_LINES = 400;
const LINE_BYTES = 65_536;

let lines: string[] = [];
let registered: bigint | undefined;

/** Starts to catch libbpf's warnings on this thread. Calling it again does nothing. */
export function catchLibbpfLog(): void {
  if (registered !== undefined) return;
  const buffer = Buffer.alloc(LINE_BYTES);
  const print = (level: number, format: string, args: bigint): number => {
    if (level > LEVEL_WARN) return 0;
    // On x86-64 and arm64 a va_list argument arrives as a pointer, which vsnprintf takes as it is.
    const length = libc.vsnprintf(buffer, LINE_BYTES, format, args);
    lines.push(
      ...buffer
        .toString("utf8", 0, Math.min(length, LINE_BYTES - 1))
        .trimEnd()
        .split("\n"),
    );
    lines.splice(0, lines.length - MAX_LINES);
    return length;
  };
  registered = koffi.register(print, "libbpf_print_fn *") as bigint;
  libbpf.setPrint(registered);
}

/** Stops catching; must be called before the thread ends, since libbpf may still print after it. */
export function releaseLibbpfLog(): void {
  if (registered === undefined) return;
  libbpf.setPrint(null);
  koffi.unregister(registered);
  registered = undefined;
}

/** What has been printed since the last call. */
export function takeLibbpfLog(): string[] {
  const taken = lines;
  lines = [];
  return taken;
}

/** The lines of a libbpf log that tell the reason: the verifier's last words, without its statistics. */
export function lastWords(log: readonly string[]): string {
  const telling = log.filter(
    (line) => !/^(processed|-- (BEGIN|END)|\d+: \(|;|libbpf: .*(failed to load|-- ))/.test(line),
  );
  const words = telling.slice(-2).map((line) => line.replace(/^libbpf: /, ""));
  const omitted = log.length - words.length;
  return words.join("; ") + (words.length > 0 && omitted > 0 ? ` (${omitted} more lines)` : "");
}
