/** Sessions as a table, and as JSON. */
import { type Column, layOut } from "../client/columns.js";
import { enumName } from "../client/enum-name.js";
import { printable } from "../client/printable.js";
import { Account } from "../gen/ipftrace/v1/loss.js";
import { type Session, SessionState, sessionStateToJSON } from "../gen/ipftrace/v1/session_service.js";
import { TraceRequest, traceEndReasonToJSON } from "../gen/ipftrace/v1/trace_service.js";

const columns: readonly Column[] = ["NAME", "STATE", "JOURNEYS", "BYTES", "FORGOTTEN", "LOST", "READERS", "SINCE"].map(
  (header) => ({ header, align: /^(JOURNEYS|BYTES|FORGOTTEN|LOST|READERS)$/.test(header) ? "right" : "left" }),
);

/** A table of sessions. */
export function sessionTable(sessions: readonly Session[]): string {
  const rows = sessions.map(({ name, historyState, account, attachedStreams, createTimeNs, ...session }) => [
    name,
    stateText(session),
    String(historyState?.journeys ?? 0n),
    String(historyState?.bytes ?? 0n),
    String(historyState?.forgottenJourneys ?? 0n),
    String(lostEvents(account)),
    String(attachedStreams),
    timeText(createTimeNs),
  ]);
  return `${layOut(
    columns,
    rows.map((row) => row.map(printable)),
  ).join("\n")}\n`;
}

/** A session as one line of JSON; numbers of 64 bits are text. */
export function sessionJson(session: Session): string {
  const { name, state, createTimeNs, trace, history, historyState, attachedStreams, account } = session;
  const known = {
    name,
    state: enumName(sessionStateToJSON, state, "SESSION_STATE_"),
    endReason: enumName(traceEndReasonToJSON, session.endReason, "TRACE_END_REASON_"),
    endDetail: session.endDetail,
    createTimeNs: createTimeNs.toString(),
    trace: trace === undefined ? {} : TraceRequest.toJSON(trace),
    maxBytes: (history?.maxBytes ?? 0n).toString(),
    maxAgeMs: history?.maxAgeMs ?? 0,
    expireAfterMs: session.expireAfterMs,
    journeys: (historyState?.journeys ?? 0n).toString(),
    bytes: (historyState?.bytes ?? 0n).toString(),
    oldestTimeNs: (historyState?.oldestTimeNs ?? 0n).toString(),
    forgottenJourneys: (historyState?.forgottenJourneys ?? 0n).toString(),
    attachedStreams,
    account: account === undefined ? {} : Account.toJSON(account),
  };
  return `${JSON.stringify(known)}\n`;
}

function stateText({ state, endReason, endDetail }: Pick<Session, "state" | "endReason" | "endDetail">): string {
  if (state !== SessionState.SESSION_STATE_ENDED) return "running";
  const reason = enumName(traceEndReasonToJSON, endReason, "TRACE_END_REASON_").toLowerCase().replaceAll("_", " ");
  return `ended (${reason}${endDetail && `: ${endDetail}`})`;
}

function lostEvents(account: Session["account"]): bigint {
  return (account?.lost ?? []).reduce((sum, { totalLostEvents }) => sum + totalLostEvents, 0n);
}

function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().replace(/\.\d+Z$/, "Z");
}
