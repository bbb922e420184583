/** The RPC ExplainTrace. */
import type { Collector } from "../collector/collector.js";
import { filterParts } from "../filter/parts.js";
import { type ExplainTraceRequest, type ExplainTraceResponse, TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import type { Access } from "./access.js";
import { withAllFaults } from "./all-faults.js";
import { nodeIdentity } from "./node.js";
import { backendNumber, checkRequest } from "./request.js";
import { toSupport } from "./started.js";

/** What a trace would do. @throws IpftraceError as starting it would */
export async function explainTrace(
  collector: Collector,
  { trace }: ExplainTraceRequest,
  access: Access,
): Promise<ExplainTraceResponse> {
  const request = trace ?? TraceRequest.fromPartial({});
  try {
    return await explain(collector, request, access);
  } catch (reason) {
    throw await withAllFaults(reason, request, collector);
  }
}

async function explain(collector: Collector, request: TraceRequest, access: Access): Promise<ExplainTraceResponse> {
  const { spec, options, filter, mandatoryFilter } = checkRequest(request, access);
  const { backend, passedOver, functions, skipped } = await collector.explain(spec);
  return {
    node: nodeIdentity(),
    backend: backendNumber(backend),
    passedOver: passedOver.map(toSupport),
    functions: [...functions],
    skippedFunctions: [...skipped],
    filter,
    filterParts: [
      ...filterParts(filter),
      ...(mandatoryFilter === undefined ? [] : filterParts(mandatoryFilter, "mandatory_filter")),
    ],
    options,
    mandatoryFilter,
  };
}
