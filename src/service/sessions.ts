/** The RPCs of SessionService. */
import { randomBytes } from "node:crypto";
import { IpftraceError, type Violation } from "../errors.js";
import {
  type CreateSessionRequest,
  type CreateSessionResponse,
  type DeleteSessionResponse,
  type FlushSessionRequest,
  type FlushSessionResponse,
  type GetSessionResponse,
  type ListSessionsResponse,
  type Session,
  SessionState,
} from "../gen/ipftrace/v1/session_service.js";
import { TraceEndReason, TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import type { SessionOptions } from "../hub/session.js";
import type { Registered, SessionRegistry } from "../hub/session-registry.js";
import { type MandatoryFilter, maySee } from "../security/mandatory.js";
import type { Access } from "./access.js";
import { selectionOf } from "./options.js";
import { checkRequest } from "./request.js";
import { writeToken } from "./resume-token.js";
import { checkHistory, checkName, checkSessionOptions, fillHistory } from "./session-options.js";
import { type Asked, traceStarted } from "./started.js";
import { wantedTrace } from "./wanted.js";

/** What is told of a session besides what it knows itself. */
interface SessionMeta extends Asked {
  /** The request as it was understood. */
  readonly trace: TraceRequest;
  readonly createTimeNs: bigint;
  /** Of the client that made it: only those under the same see it, and those without any. */
  readonly mandatory: MandatoryFilter | undefined;
}

/** Sessions as the service has them. */
export type Sessions = SessionRegistry<SessionMeta>;

const DEFAULT_FLUSH_MS = 10_000;
/** Node's timers hold no more: 24.8 days. */
const MAX_TIMER_MS = 2_147_483_647;

/** CreateSession. @throws IpftraceError */
export async function createSession(
  sessions: Sessions,
  request: CreateSessionRequest,
  access: Access,
): Promise<CreateSessionResponse> {
  const trace = request.trace ?? TraceRequest.fromPartial({});
  const history = fillHistory(request.history);
  const violations: Violation[] = [
    ...checkName(request.name),
    ...checkHistory(history, access.limits),
    ...checkSessionOptions(trace),
    ...(request.expireAfterMs > MAX_TIMER_MS
      ? [{ field: "expire_after_ms", description: `${request.expireAfterMs} is more than ${MAX_TIMER_MS}` }]
      : []),
  ];
  const checked = checkedTrace(trace, access, violations);
  if (checked === undefined) throw IpftraceError.invalid(violations);
  const { spec, options, filter, mandatoryFilter } = checked;
  const session: Omit<SessionOptions, "onExpired"> = {
    ...selectionOf(options),
    name: request.name,
    id: randomBytes(8).readBigUInt64LE(),
    history: { maxBytes: Number(history.maxBytes), maxAgeMs: history.maxAgeMs },
    durationMs: options.durationMs,
    expireAfterMs: request.expireAfterMs,
  };
  const meta = {
    filter,
    mandatoryFilter,
    options,
    trace: { ...trace, filter, options },
    createTimeNs: nowNs(),
    mandatory: access.mandatory,
  };
  const made = await sessions.create(wantedTrace(spec), session, meta);
  return { session: describe(made), started: startedOf(made) };
}

/** The trace of a session; undefined when something is wrong, which is added to `violations`. */
function checkedTrace(trace: TraceRequest, access: Access, violations: Violation[]) {
  try {
    const checked = checkRequest(trace, access);
    return violations.length === 0 ? checked : undefined;
  } catch (reason) {
    if (!(reason instanceof IpftraceError) || reason.violations.length === 0) throw reason;
    violations.push(...reason.violations.map((one) => ({ ...one, field: `trace.${one.field}` })));
    return undefined;
  }
}

/** A session that a client may see. @throws IpftraceError NOT_FOUND, also for one that it may not */
export function sessionFor(sessions: Sessions, name: string, { mandatory }: Access): Registered<SessionMeta> {
  const found = sessions.get(name);
  if (maySee(mandatory, found.meta.mandatory)) return found;
  throw new IpftraceError(
    "NOT_FOUND",
    `no session "${name}" is for you: it was made under another filter of this server's operator`,
  );
}

/** ListSessions. */
export function listSessions(sessions: Sessions, { mandatory }: Access): ListSessionsResponse {
  const seen = sessions.list().filter(({ meta }) => maySee(mandatory, meta.mandatory));
  return { sessions: seen.map(describe) };
}

/** GetSession. @throws IpftraceError NOT_FOUND */
export function getSession(sessions: Sessions, name: string, access: Access): GetSessionResponse {
  const found = sessionFor(sessions, name, access);
  return { session: describe(found), started: startedOf(found) };
}

/** DeleteSession. @throws IpftraceError NOT_FOUND */
export async function deleteSession(sessions: Sessions, name: string, access: Access): Promise<DeleteSessionResponse> {
  sessionFor(sessions, name, access);
  return { session: describe(await sessions.delete(name)) };
}

/** FlushSession. @throws IpftraceError NOT_FOUND, TIMED_OUT */
export async function flushSession(
  sessions: Sessions,
  { name, timeoutMs }: FlushSessionRequest,
  access: Access,
): Promise<FlushSessionResponse> {
  const { session } = sessionFor(sessions, name, access);
  const waitMs = Math.min(timeoutMs || DEFAULT_FLUSH_MS, MAX_TIMER_MS);
  await withTimeout(session.flush(), waitMs, `the journeys of "${name}" did not end within ${waitMs} ms`);
  return { resumeToken: writeToken(session.options.id, session.history.end) };
}

async function withTimeout(work: Promise<void>, ms: number, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new IpftraceError("TIMED_OUT", message)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function startedOf({ session, meta }: Registered<SessionMeta>) {
  return { ...traceStarted(meta, session.joined.info), sessionName: session.options.name };
}

/** A session in the contract's words. */
function describe({ session, meta }: Registered<SessionMeta>): Session {
  const { name, history, expireAfterMs } = session.options;
  const { end, oldest, bytes, oldestMs } = session.history;
  return {
    name,
    state: session.end === undefined ? SessionState.SESSION_STATE_RUNNING : SessionState.SESSION_STATE_ENDED,
    createTimeNs: meta.createTimeNs,
    trace: meta.trace,
    history: { maxBytes: BigInt(history.maxBytes), maxAgeMs: history.maxAgeMs },
    historyState: {
      journeys: BigInt(end.position - oldest.position),
      bytes: BigInt(bytes),
      oldestTimeNs: oldestMs === undefined ? 0n : toRealtimeNs(oldestMs),
      forgottenJourneys: BigInt(oldest.position),
    },
    attachedStreams: session.readers,
    account: session.account,
    endReason: session.end?.reason ?? TraceEndReason.TRACE_END_REASON_UNSPECIFIED,
    endDetail: session.end?.detail ?? "",
    expireAfterMs,
  };
}

function nowNs(): bigint {
  return toRealtimeNs(performance.now());
}

/** From the clock of performance.now() to CLOCK_REALTIME. */
function toRealtimeNs(ms: number): bigint {
  return BigInt(Math.round((performance.timeOrigin + ms) * 1000)) * 1000n;
}
