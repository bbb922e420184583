/** The part of the log that tells who did what: every line has `audit: true`. */
import type { Logger } from "../log.js";
import type { Caller } from "./caller.js";
import type { GuardEvents } from "./guard.js";

/** A log whose lines are written at every level but silent: what is asked of an audit does not depend on it. */
function auditLog(log: Logger): Logger {
  return log.child({ audit: true }, { level: log.level === "silent" ? "silent" : "info" });
}

/** Logs what guards turn away. */
export function refusals(log: Logger): GuardEvents {
  const audit = auditLog(log);
  return {
    refused: (path, { mandatory: _, ...who }, reason) =>
      audit.warn({ ...who, rpc: path, outcome: reason.code, why: reason.message }, "refused"),
  };
}

/**
 * Logs that something begins; what it returns logs how it ended: `OK`, or the name of a status.
 *
 * `what` stands in both lines: no addresses, for logs go further than packets do.
 */
export function auditBegin(log: Logger, caller: Caller, action: string, what: object): (outcome: string) => void {
  const audit = auditLog(log);
  const { identity, role, peer, requestId } = caller;
  const line = { identity, role, peer, requestId, ...what };
  const beganMs = performance.now();
  audit.info(line, `${action} begins`);
  return (outcome) => {
    const seconds = Math.round(performance.now() - beganMs) / 1000;
    audit.info({ ...line, outcome, seconds }, `${action} ended`);
  };
}
