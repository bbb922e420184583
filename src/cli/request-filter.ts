/** From options to the filter of a trace. Pure. */
import { Direction, Filter, FlowFilter, IpVersion, type NetworkNamespace } from "../gen/ipftrace/v1/filter.js";
import type { CgroupText, NamespaceText } from "./filter-values.js";
import { originalFilterOptions } from "./options/filter.js";
import { packetOptions } from "./options/packet.js";
import type { OptionKey, OptionValues } from "./options.js";

const originalKeys = Object.keys(originalFilterOptions) as (keyof typeof originalFilterOptions)[];
const packetKeys = Object.keys(packetOptions) as (keyof typeof packetOptions)[];

/** Undefined when nothing is asked of packets. Names of this machine are resolved before. */
export function buildFilter(values: OptionValues): Filter | undefined {
  const filter = Filter.fromPartial({
    allow: asksPacket(values) ? [flowFilter(values)] : [],
    pcapExpression: values.pcap ?? "",
    innerPcapExpression: values.innerPcap ?? "",
    whereExpression: values.where ?? "",
    dropped: values.dropped === true,
    dropReasons: list(values.dropReason).flat(),
    minDurationNs: values.minDurationNs ?? 0n,
    minHops: values.hops?.min ?? 0,
    maxHops: values.hops?.max ?? 0,
    passedFunctions: list(values.passed).flat(),
  });
  return Filter.encode(filter).finish().length === 0 ? undefined : filter;
}

/** A direction alone asks nothing. */
function asksPacket(values: OptionValues): boolean {
  const keys: readonly OptionKey[] = [...originalKeys, ...packetKeys];
  return keys.some((key) => values[key] !== undefined);
}

function flowFilter(values: OptionValues): FlowFilter {
  return FlowFilter.fromPartial({
    ipVersion: onlyVersion(values.ipversion),
    l4Protocols: list(values.l4proto),
    sourceIpv4: list(values.saddr4),
    destinationIpv4: list(values.daddr4),
    sourceIpv6: list(values.saddr6),
    destinationIpv6: list(values.daddr6),
    sourcePorts: list(values.sport),
    destinationPorts: list(values.dport),
    direction: values.oneWay ? Direction.DIRECTION_FORWARD : Direction.DIRECTION_UNSPECIFIED,
    marks: list(values.mark),
    interfaceNames: list(values.ifname),
    netns: list(values.netns).map(toNamespace),
    lengths: list(values.length).map(({ min, max }) => ({ min, max })),
    cgroupIds: list(values.cgroup).map(toId),
  });
}

function toNamespace(given: NamespaceText): NetworkNamespace {
  if (given.kind === "inode") return { namespace: { $case: "inode", value: given.inode } };
  if (given.kind === "name") return { namespace: { $case: "name", value: given.name } };
  throw new Error(`${given.path} was not resolved`);
}

function toId(given: CgroupText): bigint {
  if (given.kind === "id") return given.id;
  throw new Error(`${given.path} was not resolved`);
}

function list<T>(values: readonly T[] = []): T[] {
  return [...values];
}

/** Both versions are no condition. */
function onlyVersion(versions: readonly IpVersion[] = []): IpVersion {
  const [first, another] = new Set(versions);
  return first === undefined || another !== undefined ? IpVersion.IP_VERSION_UNSPECIFIED : first;
}
