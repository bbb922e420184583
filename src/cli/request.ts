/** From options to the request of a trace. Pure. */

import { Backend } from "../gen/ipftrace/v1/node.js";
import { FunctionEncoding, StackMode, type TraceOptions, type TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { backendOf } from "./options/trace.js";
import type { OptionValues } from "./options.js";
import { buildFilter } from "./request-filter.js";

/** Which functions: a manifest of the client's own, or the name of one that the server has. */
export type ManifestSource = NonNullable<TraceRequest["manifestSource"]>;

const stackModes = { drops: StackMode.STACK_MODE_DROPS, all: StackMode.STACK_MODE_ALL } as const;
/** Which modules: names of those that the server has, and the client's own. */
export type ModuleSources = Pick<TraceRequest, "moduleNames" | "modules">;

/** Builds the request; what was not asked for stays zero, which is the server's default. */
export function buildRequest(
  values: OptionValues,
  manifestSource: ManifestSource,
  modules: ModuleSources = { moduleNames: [], modules: [] },
): TraceRequest {
  return {
    filter: buildFilter(values),
    manifestSource,
    ...modules,
    functionRegex: values.functionRegex ?? "",
    backend: values.backend === undefined ? Backend.BACKEND_UNSPECIFIED : backendOf(values.backend),
    options: traceOptions(values),
  };
}

function traceOptions(values: OptionValues): TraceOptions {
  const {
    maxHops,
    idleTimeoutMs,
    durationMs,
    count,
    ringBytes,
    trackingEntries,
    maxPacketsPerSecond,
    maxCpuPercent,
    stack,
  } = values;
  return {
    maxHops: maxHops ?? 0,
    idleTimeoutMs: idleTimeoutMs ?? 0,
    durationMs: durationMs ?? 0,
    maxJourneys: BigInt(count ?? 0),
    ringBytes: ringBytes ?? 0n,
    trackingEntries: trackingEntries ?? 0,
    stacks: stack === undefined ? 0 : stackModes[stack],
    maxPacketsPerSecond: maxPacketsPerSecond ?? 0,
    maxCpuPercent: maxCpuPercent ?? 0,
    // Ids are a fraction of the bytes; TraceStarted has the names.
    functionEncoding: FunctionEncoding.FUNCTION_ENCODING_IDS,
    batchJourneys: 0,
    batchDelayMs: 0,
    queueBytes: 0n,
    overflowPolicy: 0,
    heartbeatIntervalMs: 0,
    maxJourneysPerSecond: 0,
    sampleOneIn: 0,
  };
}
