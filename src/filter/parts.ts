/** The parts of a filter, each with the place where it is decided, for ExplainTrace. */
import { Direction, type Filter, type FlowFilter, type NetworkNamespace } from "../gen/ipftrace/v1/filter.js";
import { type FilterPart, FilterPlace } from "../gen/ipftrace/v1/trace_service.js";
import { protocolName } from "./protocols.js";
import { quote } from "./quote.js";

const { FILTER_PLACE_KERNEL: KERNEL, FILTER_PLACE_JOURNEY_END: JOURNEY_END } = FilterPlace;

/** Most values that a description names. */
const MAX_NAMED = 8;

type Described = readonly [field: string, description: string | undefined];

/** Every part that is set, in the order of the fields; `path` is that of the filter. */
export function filterParts(filter: Filter, path = "filter"): FilterPart[] {
  return [
    ...filter.allow.flatMap((entry, index) => entryParts(entry, `${path}.allow[${index}]`)),
    ...filter.deny.flatMap((entry, index) => entryParts(entry, `${path}.deny[${index}]`)),
    ...parts(path, KERNEL, [
      ["pcap_expression", expression(filter.pcapExpression)],
      ["inner_pcap_expression", expression(filter.innerPcapExpression)],
      ["where_expression", expression(filter.whereExpression)],
    ]),
    ...parts(path, JOURNEY_END, [
      ["drop_reasons", oneOf("the packet is dropped for", filter.dropReasons)],
      ["dropped", filter.dropped ? "the packet is dropped" : undefined],
      ["min_duration_ns", filter.minDurationNs > 0n ? `it lasts ${filter.minDurationNs} ns or longer` : undefined],
      ["min_hops", filter.minHops > 0 ? `it has ${filter.minHops} hops or more` : undefined],
      ["max_hops", filter.maxHops > 0 ? `it has ${filter.maxHops} hops or fewer` : undefined],
      ["passed_functions", oneOf("it passes", filter.passedFunctions)],
    ]),
  ];
}

function entryParts(entry: FlowFilter, path: string): FilterPart[] {
  const { ipVersion, direction, lengths, marks } = entry;
  return parts(path, KERNEL, [
    ["ip_version", ipVersion === 0 ? undefined : `IPv${ipVersion}`],
    ["l4_protocols", oneOf("transport", entry.l4Protocols.map(protocolName))],
    ["source_ipv4", oneOf("IPv4 source", entry.sourceIpv4)],
    ["destination_ipv4", oneOf("IPv4 destination", entry.destinationIpv4)],
    ["source_ipv6", oneOf("IPv6 source", entry.sourceIpv6)],
    ["destination_ipv6", oneOf("IPv6 destination", entry.destinationIpv6)],
    ["source_ports", oneOf("source port", entry.sourcePorts)],
    ["destination_ports", oneOf("destination port", entry.destinationPorts)],
    ["direction", direction === Direction.DIRECTION_FORWARD ? "not the replies" : undefined],
    [
      "marks",
      oneOf(
        "mark",
        marks.map(({ value, mask }) => (mask === 0 ? hex(value) : `${hex(value)}/${hex(mask)}`)),
      ),
    ],
    ["interface_names", oneOf("interface", entry.interfaceNames)],
    ["netns", oneOf("network namespace", entry.netns.map(namespaceText))],
    [
      "lengths",
      oneOf(
        "length in bytes",
        lengths.map(({ min, max }) => `${min}-${max === 0 ? "" : max}`),
      ),
    ],
    ["cgroup_ids", oneOf("control group", entry.cgroupIds)],
  ]);
}

function parts(path: string, place: FilterPlace, described: readonly Described[]): FilterPart[] {
  return described.flatMap(([field, description]) =>
    description === undefined ? [] : [{ field: `${path}.${field}`, place, description }],
  );
}

function oneOf(what: string, values: readonly (string | number | bigint)[]): string | undefined {
  if (values.length === 0) return undefined;
  const named = values.slice(0, MAX_NAMED).join(" or ");
  const more = values.length - MAX_NAMED;
  return more > 0 ? `${what} ${named} or one of ${more} more` : `${what} ${named}`;
}

function expression(text: string): string | undefined {
  return text === "" ? undefined : quote(text);
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}

function namespaceText({ namespace }: NetworkNamespace): string {
  return namespace?.$case === "inode" ? `inode ${namespace.value}` : quote(namespace?.value ?? "");
}
