/** The server's log, on stderr. What clients must know goes into their streams, not here. */
import { type DestinationStream, type Logger, pino } from "pino";
import { logText } from "./log-text.js";

export type { Logger };

/** The least severe messages that are logged. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

/** How a message is written: one JSON object a line, or text; `auto` is text on a terminal, else JSON. */
export type LogFormat = "auto" | "json" | "text";

/** What waits of the log while stderr takes nothing, bytes; what is more is lost. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** A disk that is full and a reader that is gone cost messages, and nothing else: without a listener they would be thrown where a message is logged. */
function standardError(): DestinationStream {
  const stderr = pino.destination({ fd: 2, sync: true, maxLength: MAX_WAITING_BYTES });
  stderr.on("error", () => {});
  return stderr;
}

/** A logger that writes to stderr at once, so that nothing is lost when the process ends. */
export function makeLogger(
  level: LogLevel,
  format: LogFormat = "auto",
  stderr: DestinationStream = standardError(),
): Logger {
  const isText = format === "text" || (format === "auto" && process.stderr.isTTY);
  const to = isText ? { write: (line: string) => stderr.write(logText(line)) } : stderr;
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, formatters, timestamp: pino.stdTimeFunctions.isoTime }, to);
}
