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
/** A whole log of the verifier is printed at once; before Linux 6.4 they come to tens of MiB. Untouched, it costs no memory. */
const PRINT_BYTES = 64 * 1024 * 1024;
/** libbpf's heading of a log of the verifier. */
const VERDICT = "-- BEGIN PROG LOAD LOG --";

/** What libbpf printed. */
export interface Log {
  /** The last 400 lines. */
  readonly lines: readonly string[];
  /** Lines before them. */
  readonly omitted: number;
  /** Whether it tells that the verifier refused a program. */
  readonly hasVerdict: boolean;
}

const EMPTY: Log = { lines: [], omitted: 0, hasVerdict: false };

let log = EMPTY;
let registered: bigint | undefined;

/** Starts to catch libbpf's warnings on this thread. Calling it again does nothing. */
export function catchLibbpfLog(): void {
  if (registered !== undefined) return;
  const buffer = Buffer.alloc(PRINT_BYTES);
  const print = (level: number, format: string, args: bigint): number => {
    if (level > LEVEL_WARN) return 0;
    // On x86-64 and arm64 a va_list argument arrives as a pointer, which vsnprintf takes as it is.
    const length = libc.vsnprintf(buffer, PRINT_BYTES, format, args);
    log = withText(log, buffer.toString("utf8", 0, Math.min(length, PRINT_BYTES - 1)), length >= PRINT_BYTES);
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
export function takeLibbpfLog(): Log {
  const taken = log;
  log = EMPTY;
  return taken;
}

/** A log with something that was printed; `isCut`: what is at its end, the reason, is not known. */
function withText(before: Log, text: string, isCut: boolean): Log {
  const printed = text.trimEnd().split("\n");
  const all = [...before.lines, ...printed.slice(-MAX_LINES)];
  if (isCut)
    all.push("the verifier has more to say than can be kept, most often of a loop without a bound that it can see");
  const lines = all.slice(-MAX_LINES);
  const omitted = before.omitted + before.lines.length + printed.length + Number(isCut) - lines.length;
  return { lines, omitted, hasVerdict: before.hasVerdict || text.includes(VERDICT) };
}

/** A line of a verifier's log that shows the source. */
const SOURCE = /^; (.*\S)/;
/** Its instructions, sources and statistics, and what libbpf says around them. */
const NOT_TELLING =
  /^(processed|verification time|stack depth|-- (BEGIN|END)|\d+: |;|from \d+ to|libbpf: .*(failed to load|-- ))/;

/** The lines of a libbpf log that tell the reason: the verifier's last words, without its statistics. */
export function lastWords(log: Log): string {
  const telling = log.lines.filter((line) => !NOT_TELLING.test(line));
  const words = telling.slice(-2).map((line) => line.replace(/^libbpf: /, ""));
  return withCount(words, log, words.length);
}

/** The same of a program that the verifier refused, with the last line of source that it looked at. */
export function verdict(log: Log): string {
  const end = log.lines.findLastIndex((line) => /^processed \d+ insns/.test(line));
  const before = log.lines.slice(0, end < 0 ? undefined : end);
  const words = before.filter((line) => !NOT_TELLING.test(line) && !line.startsWith("libbpf: ")).slice(-1);
  const source = before.map((line) => SOURCE.exec(line)?.[1]).findLast((text) => text !== undefined);
  const at = source === undefined ? [] : [`at "${source}"`];
  return withCount([[...words, ...at].join(", ")], log, words.length + at.length);
}

function withCount(
  words: readonly string[],
  { lines, omitted }: Pick<Log, "lines" | "omitted">,
  shown: number,
): string {
  const more = omitted + lines.length - shown;
  return words.join("; ") + (shown > 0 && more > 0 ? ` (${more} more lines)` : "");
}
