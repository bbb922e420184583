/** The server's log, on stderr. What clients must know goes into their streams, not here. */
import { type DestinationStream, type Logger, pino } from "pino";
import { logText } from "./log-text.js";

export type { Logger };

/** The least severe messages that are logged. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

/** How a message is written: one JSON object a line, or text; `auto` is text on a terminal, else JSON. */
export type LogFormat = "auto" | "json" | "text";

/** A logger that writes to stderr at once, so that nothing is lost when the process ends. */
export function makeLogger(
  level: LogLevel,
  format: LogFormat = "auto",
  stderr: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  const isText = format === "text" || (format === "auto" && process.stderr.isTTY);
  const to = isText ? { write: (line: string) => stderr.write(logText(line)) } : stderr;
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, formatters, timestamp: pino.stdTimeFunctions.isoTime }, to);
}
