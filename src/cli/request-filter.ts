/** From options to the filter of a trace. Pure. */
import { Direction, Filter, FlowFilter, IpVersion } from "../gen/ipftrace/v1/filter.js";
import type { OptionValues } from "./options.js";

/** Undefined when nothing is asked of packets. */
export function buildFilter(values: OptionValues): Filter | undefined {
  const flow = flowFilter(values);
  const { pcap = "", innerPcap = "", where = "" } = values;
  if (flow === undefined && pcap === "" && innerPcap === "" && where === "") return undefined;
  return Filter.fromPartial({
    allow: flow === undefined ? [] : [flow],
    pcapExpression: pcap,
    innerPcapExpression: innerPcap,
    whereExpression: where,
  });
}

/** Undefined when nothing is asked of packets' headers; a direction alone asks nothing. */
function flowFilter(values: OptionValues): FlowFilter | undefined {
  const { ipversion, l4proto, saddr4, daddr4, saddr6, daddr6, sport, dport, oneWay } = values;
  const conditions = [ipversion, l4proto, saddr4, daddr4, saddr6, daddr6, sport, dport];
  if (conditions.every((value) => value === undefined)) return undefined;
  return FlowFilter.fromPartial({
    ipVersion: onlyVersion(ipversion),
    l4Protocols: list(l4proto),
    sourceIpv4: list(saddr4),
    destinationIpv4: list(daddr4),
    sourceIpv6: list(saddr6),
    destinationIpv6: list(daddr6),
    sourcePorts: list(sport),
    destinationPorts: list(dport),
    direction: oneWay ? Direction.DIRECTION_FORWARD : Direction.DIRECTION_UNSPECIFIED,
  });
}

function list<T>(values: readonly T[] = []): T[] {
  return [...values];
}

/** Both versions are no condition. */
function onlyVersion(versions: readonly IpVersion[] = []): IpVersion {
  const [first, another] = new Set(versions);
  return first === undefined || another !== undefined ? IpVersion.IP_VERSION_UNSPECIFIED : first;
}
