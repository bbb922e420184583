/** Makes the first message of a trace. */
import type { BackendVerdict, TraceInfo } from "../collector/messages.js";
import type { BackendSupport } from "../gen/ipftrace/v1/node.js";
import { nodeIdentity, readClock } from "./node.js";
import { backendNumber, type CheckedRequest } from "./request.js";
import type { Notice } from "./responses.js";

/** TraceStarted. */
export function startedNotice(traceId: bigint, checked: CheckedRequest, info: TraceInfo): Notice {
  return {
    $case: "started",
    value: {
      node: nodeIdentity(),
      clock: readClock(),
      backend: backendNumber(info.backend),
      passedOver: info.passedOver.map(toSupport),
      attachedFunctions: info.functions.length,
      skippedFunctions: [...info.skipped],
      filter: checked.filter,
      schemas: [...info.schemas],
      functions: [...info.functions],
      interfaces: [...info.interfaces],
      options: checked.options,
      traceId,
      sessionName: "",
    },
  };
}

/** A verdict in the contract's words. */
export function toSupport({ backend, available, reason, remedy }: BackendVerdict): BackendSupport {
  return { backend: backendNumber(backend), available, reason, remedy };
}
