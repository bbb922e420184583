/** From options to the request of a trace. Pure. */

import { Direction, type Filter, type FlowFilter, IpVersion } from "../gen/ipftrace/v1/filter.js";
import { Backend } from "../gen/ipftrace/v1/node.js";
import { FunctionEncoding, StackMode, type TraceOptions, type TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { backendOf } from "./options/trace.js";
import type { OptionValues } from "./options.js";

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
    filter: filterOf(values),
    manifestSource,
    ...modules,
    functionRegex: values.functionRegex ?? "",
    backend: values.backend === undefined ? Backend.BACKEND_UNSPECIFIED : backendOf(values.backend),
    options: traceOptions(values),
  };
}

/** Undefined when nothing is asked of packets. */
function filterOf(values: OptionValues): Filter | undefined {
  const flow = flowFilter(values);
  const { pcap = "", innerPcap = "", where = "" } = values;
  if (flow === undefined && pcap === "" && innerPcap === "" && where === "") return undefined;
  return {
    allow: flow === undefined ? [] : [flow],
    deny: [],
    pcapExpression: pcap,
    innerPcapExpression: innerPcap,
    whereExpression: where,
  };
}

/** Undefined when nothing is asked of packets' headers; a direction alone asks nothing. */
function flowFilter(values: OptionValues): FlowFilter | undefined {
  const { ipversion, l4proto, saddr4, daddr4, saddr6, daddr6, sport, dport, oneWay } = values;
  const conditions = [ipversion, l4proto, saddr4, daddr4, saddr6, daddr6, sport, dport];
  if (conditions.every((value) => value === undefined)) return undefined;
  return {
    ipVersion: onlyVersion(ipversion),
    l4Protocols: [...(l4proto ?? [])],
    sourceIpv4: [...(saddr4 ?? [])],
    destinationIpv4: [...(daddr4 ?? [])],
    sourceIpv6: [...(saddr6 ?? [])],
    destinationIpv6: [...(daddr6 ?? [])],
    sourcePorts: [...(sport ?? [])],
    destinationPorts: [...(dport ?? [])],
    direction: oneWay ? Direction.DIRECTION_FORWARD : Direction.DIRECTION_UNSPECIFIED,
  };
}

/** Both versions are no condition. */
function onlyVersion(versions: readonly IpVersion[] = []): IpVersion {
  const [first, another] = new Set(versions);
  return first === undefined || another !== undefined ? IpVersion.IP_VERSION_UNSPECIFIED : first;
}

function traceOptions(values: OptionValues): TraceOptions {
  const { maxHops, idleTimeoutMs, durationMs, count, ringBytes, trackingEntries, stack } = values;
  return {
    maxHops: maxHops ?? 0,
    idleTimeoutMs: idleTimeoutMs ?? 0,
    durationMs: durationMs ?? 0,
    maxJourneys: BigInt(count ?? 0),
    ringBytes: ringBytes ?? 0n,
    trackingEntries: trackingEntries ?? 0,
    stacks: stack === undefined ? 0 : stackModes[stack],
    // Ids are a fraction of the bytes; TraceStarted has the names.
    functionEncoding: FunctionEncoding.FUNCTION_ENCODING_IDS,
    batchJourneys: 0,
    batchDelayMs: 0,
    queueBytes: 0n,
    overflowPolicy: 0,
    heartbeatIntervalMs: 0,
  };
}
