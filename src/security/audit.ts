/** The part of the log that tells who did what: every line has `audit: true`. */
import type { Logger } from "../log.js";
import type { GuardEvents } from "./guard.js";

/** Logs what guards turn away. */
export function refusals(log: Logger): GuardEvents {
  return {
    refused: (path, who, reason) =>
      log.warn({ audit: true, ...who, rpc: path, outcome: reason.code, why: reason.message }, "refused"),
  };
}
