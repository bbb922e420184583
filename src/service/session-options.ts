/** What a session may be asked for: defaults and limits. */
import type { Violation } from "../errors.js";
import { quote } from "../filter/quote.js";
import type { NodeLimits } from "../gen/ipftrace/v1/node.js";
import { SessionHistory } from "../gen/ipftrace/v1/session_service.js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";

/** What 0 means in SessionHistory.max_bytes. */
const DEFAULT_HISTORY_BYTES = BigInt(16 * 1024 * 1024);
/** Smaller than a full batch, it would keep nothing. */
const MIN_HISTORY_BYTES = BigInt(128 * 1024);
/** Node's timers hold no more: 24.8 days. */
const MAX_AGE_MS = 2_147_483_647;
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** A history with every default filled in. */
export function fillHistory(given: SessionHistory | undefined): SessionHistory {
  const { maxBytes, maxAgeMs } = SessionHistory.fromPartial({ ...given });
  return { maxBytes: maxBytes || DEFAULT_HISTORY_BYTES, maxAgeMs };
}

/** What is wrong with a filled-in history on a server of these limits. */
export function* checkHistory({ maxBytes, maxAgeMs }: SessionHistory, limits: NodeLimits): Generator<Violation> {
  if (maxBytes < MIN_HISTORY_BYTES || maxBytes > limits.maxHistoryBytes) {
    const description = `${maxBytes} is not in ${MIN_HISTORY_BYTES}-${limits.maxHistoryBytes}`;
    yield { field: "history.max_bytes", description };
  }
  if (maxAgeMs > MAX_AGE_MS)
    yield { field: "history.max_age_ms", description: `${maxAgeMs} is not in 0-${MAX_AGE_MS}` };
}

/** What is wrong with a session's name. */
export function* checkName(name: string): Generator<Violation> {
  if (NAME.test(name)) return;
  const rule = `1 to 63 lower-case letters, digits, "-", "_" and ".", beginning with a letter or digit`;
  yield { field: "name", description: `${quote(name)} is not a name of a session: give ${rule}` };
}

/** What a session's trace cannot have: a session of its own, and what belongs to a client's stream. */
export function* checkSessionOptions({ session, options }: TraceRequest): Generator<Violation> {
  if (session !== undefined)
    yield { field: "trace.session", description: "a session cannot read another: leave it out" };
  const description = "belongs to the stream of a client, not to a session: leave it out";
  if (options?.queueBytes) yield { field: "trace.options.queue_bytes", description };
  if (options?.overflowPolicy) yield { field: "trace.options.overflow_policy", description };
  if (options?.heartbeatIntervalMs) yield { field: "trace.options.heartbeat_interval_ms", description };
}
