/** The status with which a stream ends that did not end well. */
import { IpftraceError } from "../errors.js";
import { TraceEndReason } from "../gen/ipftrace/v1/trace_service.js";

/** undefined for OK; `detail` says what failed. */
export function failureOf(reason: TraceEndReason, detail: string): IpftraceError | undefined {
  switch (reason) {
    case TraceEndReason.TRACE_END_REASON_DRAINING:
      return IpftraceError.stopping();
    case TraceEndReason.TRACE_END_REASON_FAILED:
      return new IpftraceError("UNAVAILABLE", `the collector failed: ${detail}`);
    case TraceEndReason.TRACE_END_REASON_OVERFLOW:
      return new IpftraceError(
        "LIMIT_REACHED",
        "the client read too slowly: its queue overflowed (overflow_policy TERMINATE)",
        { quota: { subject: "queue_bytes", description: "the client read too slowly: its queue overflowed" } },
      );
    case TraceEndReason.TRACE_END_REASON_OVER_BUDGET:
      return new IpftraceError("LIMIT_REACHED", `the trace was ended: ${detail}`, {
        quota: { subject: "max_cpu_percent", description: detail },
      });
    default:
      return undefined;
  }
}
