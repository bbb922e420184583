/** The server's log: JSON lines on stderr. What clients must know goes into their streams, not here. */
import { type Logger, pino } from "pino";

export type { Logger };

/** The least severe messages that are logged. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

/** A logger that writes to stderr at once, so that nothing is lost when the process ends. */
export function makeLogger(level: LogLevel): Logger {
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
}
