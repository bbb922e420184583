/** Makes the first message of a trace. */
import type { BackendVerdict, TraceInfo } from "../collector/messages.js";
import type { Filter } from "../gen/ipftrace/v1/filter.js";
import type { BackendSupport } from "../gen/ipftrace/v1/node.js";
import type { TraceOptions, TraceStarted } from "../gen/ipftrace/v1/trace_service.js";
import type { FeedStart } from "../hub/feed.js";
import { nodeIdentity, readClock } from "./node.js";
import { backendNumber } from "./request.js";
import type { Notice } from "./responses.js";

/** What was asked for, as it was understood. */
export interface Asked {
  readonly filter: Filter;
  /** What packets must match, too. */
  readonly mandatoryFilter: Filter | undefined;
  readonly options: TraceOptions;
}

/** The first message of a stream. */
export function startedNotice(traceId: bigint, asked: Asked, { info, sessionName }: FeedStart): Notice {
  return { $case: "started", value: { ...traceStarted(asked, info), traceId, sessionName } };
}

/** How a trace was set up, for nobody in particular. */
export function traceStarted({ filter, mandatoryFilter, options }: Asked, info: TraceInfo): TraceStarted {
  return {
    node: nodeIdentity(),
    clock: readClock(),
    backend: backendNumber(info.backend),
    passedOver: info.passedOver.map(toSupport),
    attachedFunctions: info.functions.length,
    skippedFunctions: [...info.skipped],
    filter,
    schemas: [...info.schemas],
    functions: [...info.functions],
    interfaces: [...info.interfaces],
    options,
    traceId: 0n,
    sessionName: "",
    mandatoryFilter,
  };
}

/** A verdict in the contract's words. */
export function toSupport({ backend, available, reason, remedy }: BackendVerdict): BackendSupport {
  return { backend: backendNumber(backend), available, reason, remedy };
}
