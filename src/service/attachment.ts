/** A request that reads a session: checks it. */
import { IpftraceError, type Violation } from "../errors.js";
import { Filter } from "../gen/ipftrace/v1/filter.js";
import {
  OverflowPolicy,
  type SessionAttachment,
  type TraceOptions,
  TraceOptions as TraceOptionsMessage,
  TraceRequest,
} from "../gen/ipftrace/v1/trace_service.js";
import { notOfSession, type ReadOptions, type StartAt } from "../hub/session-feed.js";
import type { Access } from "./access.js";
import { checkOptions, deliveryOptions, fillOptions, selectionOf } from "./options.js";
import { readToken } from "./resume-token.js";

/** A request that can be carried out. */
export interface CheckedAttachment {
  readonly sessionName: string;
  readonly options: TraceOptions;
  /** What is read of the session of this number. @throws IpftraceError OUT_OF_RANGE for a token of another one */
  readonly readingOf: (sessionId: bigint) => ReadOptions;
}

/** @throws IpftraceError INVALID_INPUT that tells all faults at once */
export function checkAttachment(
  request: TraceRequest,
  attachment: SessionAttachment,
  { limits }: Access,
): CheckedAttachment {
  const options = fillOptions(request.options);
  const violations = [...foreignFields(request), ...checkOptions(options, limits), ...checkStart(attachment)];
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  const readingOf = (sessionId: bigint): ReadOptions => ({
    ...selectionOf(options),
    start: startOf(attachment, sessionId),
    historyOnly: attachment.historyOnly,
    endsWhenOverrun: options.overflowPolicy === OverflowPolicy.OVERFLOW_POLICY_TERMINATE,
  });
  return { sessionName: attachment.sessionName, options, readingOf };
}

/** Everything that a request for a trace has, and one for a session has not. */
function* foreignFields(request: TraceRequest): Generator<Violation> {
  const empty = TraceRequest.toJSON(TraceRequest.fromPartial({})) as Record<string, unknown>;
  const given = TraceRequest.toJSON(normalized(request)) as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (name in empty || name === "options" || name === "session") continue;
    yield { field: snakeCase(name), description: "is the session's own: leave it out, or leave session out" };
  }
  const options = TraceOptionsMessage.toJSON(TraceOptionsMessage.fromPartial({ ...request.options }));
  for (const name of Object.keys(options as object)) {
    if ((deliveryOptions as readonly string[]).includes(name)) continue;
    yield { field: `options.${snakeCase(name)}`, description: "is the session's own: leave it out" };
  }
}

/** Empty messages say no more than none. */
function normalized(request: TraceRequest): TraceRequest {
  const { filter, ...others } = TraceRequest.fromPartial(request);
  const isEmpty = filter === undefined || Filter.encode(filter).finish().length === 0;
  return isEmpty ? others : { ...others, filter };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function* checkStart({ start }: SessionAttachment): Generator<Violation> {
  if (start?.$case === "lastJourneys" && start.value === 0) {
    yield { field: "session.last_journeys", description: "0 is none: give 1 or more, or leave it out" };
  }
  if (start?.$case === "oldest" && !start.value) {
    yield { field: "session.oldest", description: "false means nothing: leave it out to begin now" };
  }
}

function startOf({ sessionName, start }: SessionAttachment, sessionId: bigint): StartAt {
  switch (start?.$case) {
    case undefined:
      return { at: "now" };
    case "oldest":
      return { at: "oldest" };
    case "lastJourneys":
      return { at: "last", journeys: start.value };
    case "sinceTimeNs":
      return { at: "since", ms: Number(start.value / 1000n) / 1000 - performance.timeOrigin };
    case "resumeToken": {
      const mark = readToken(start.value, sessionId);
      if (mark === undefined) throw notOfSession(sessionName);
      return { at: "mark", mark };
    }
  }
}
