/** Makes an error about a request tell everything at once: also what only the collector knows. */
import type { Collector } from "../collector/collector.js";
import { IpftraceError, type Violation } from "../errors.js";
import { Filter } from "../gen/ipftrace/v1/filter.js";
import { Backend } from "../gen/ipftrace/v1/node.js";
import { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { type Access, leastAccess } from "./access.js";
import { checkRequest } from "./request.js";

/** Nothing is traced here: only faults are told. */
const whoMayRead: Access = { ...leastAccess, role: "operator" };

/**
 * The error with further faults of the request: names that the kernel does not know, expressions
 * that cannot be compiled. Anything but an error about the request is returned as it is.
 */
export async function withAllFaults(reason: unknown, request: TraceRequest, collector: Collector): Promise<unknown> {
  if (!(reason instanceof IpftraceError) || reason.violations.length === 0) return reason;
  const further = await furtherFaults(soundPart(request, reason.violations), collector);
  const known = new Set(reason.violations.map(({ field }) => field));
  return IpftraceError.invalid([...reason.violations, ...further.filter(({ field }) => !known.has(field))]);
}

async function furtherFaults(request: TraceRequest, collector: Collector): Promise<readonly Violation[]> {
  try {
    await collector.explain(checkRequest(request, whoMayRead).spec);
    return [];
  } catch (reason) {
    // Whatever else is the matter, the client's own faults come first.
    return reason instanceof IpftraceError ? reason.violations : [];
  }
}

/** The parts in which no fault has been found, of those that the collector looks at. */
function soundPart(request: TraceRequest, faults: readonly Violation[]): TraceRequest {
  const isSound = (field: string) => faults.every((fault) => !fault.field.startsWith(field));
  const hasManifest = isSound("manifest");
  const { dropReasons, passedFunctions, pcapExpression, innerPcapExpression, whereExpression } =
    request.filter ?? Filter.fromPartial({});
  const sound = TraceRequest.fromPartial({
    backend: isSound("backend") ? request.backend : Backend.BACKEND_UNSPECIFIED,
    functionRegex: hasManifest && isSound("function_regex") ? request.functionRegex : "",
    beginRegex: hasManifest && isSound("begin_regex") ? request.beginRegex : "",
    filter: {
      dropReasons: isSound("filter.drop_reasons") ? dropReasons : [],
      passedFunctions: hasManifest && isSound("filter.passed_functions") ? passedFunctions : [],
      pcapExpression: isSound("filter.pcap_expression") ? pcapExpression : "",
      innerPcapExpression: isSound("filter.inner_pcap_expression") ? innerPcapExpression : "",
      whereExpression: isSound("filter.where_expression") ? whereExpression : "",
    },
  });
  return { ...sound, manifestSource: hasManifest ? request.manifestSource : undefined };
}
