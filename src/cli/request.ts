/** From options to the request of a trace. Pure. */

import { Backend } from "../gen/ipftrace/v1/node.js";
import {
  FunctionEncoding,
  type SessionAttachment,
  StackMode,
  type TraceOptions,
  TraceOptions as TraceOptionsMessage,
  type TraceRequest,
  TraceRequest as TraceRequestMessage,
} from "../gen/ipftrace/v1/trace_service.js";
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
    beginRegex: values.beginRegex ?? "",
    backend: values.backend === undefined ? Backend.BACKEND_UNSPECIFIED : backendOf(values.backend),
    options: traceOptions(values),
    session: undefined,
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
    maxJourneysPerSecond: values.maxJourneysPerSecond ?? 0,
    sampleOneIn: values.sampleOneIn ?? 0,
  };
}

/** The request that reads a session; `nowMs` is the wall clock. */
export function attachRequest(sessionName: string, values: OptionValues, nowMs: number): TraceRequest {
  const { count, durationMs, maxJourneysPerSecond, sampleOneIn, noFollow } = values;
  const options = TraceOptionsMessage.fromPartial({
    maxJourneys: BigInt(count ?? 0),
    durationMs: durationMs ?? 0,
    maxJourneysPerSecond: maxJourneysPerSecond ?? 0,
    sampleOneIn: sampleOneIn ?? 0,
  });
  const session = { sessionName, start: startOf(values, nowMs), historyOnly: noFollow === true };
  return { ...TraceRequestMessage.fromPartial({}), options, session };
}

function startOf({ from }: OptionValues, nowMs: number): SessionAttachment["start"] {
  switch (from?.at) {
    case "oldest":
      return { $case: "oldest", value: true };
    case "last":
      return { $case: "lastJourneys", value: from.journeys };
    case "since":
      return { $case: "sinceTimeNs", value: BigInt(Math.max(nowMs - from.agoMs, 0)) * 1_000_000n };
    default:
      return undefined;
  }
}
