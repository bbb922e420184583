import { IpftraceError, type Violation } from "../errors.js";
import { Direction, type Filter, FlowFilter } from "../gen/ipftrace/v1/filter.js";
import { parsePrefix, prefixMask } from "./addresses.js";
import { collectViolations } from "./collect.js";
import { filterFaults } from "./filter-faults.js";

/** struct flow_filter in bpf/filter_config.h: offsets and size in bytes. */
export const flowFilterLayout = {
  size: 88,
  offsets: {
    ip_version: 0,
    both_directions: 1,
    has_l4_protocol: 2,
    l4_protocol: 3,
    source_port: 4,
    destination_port: 6,
    ipv4_source: 8,
    ipv4_source_mask: 12,
    ipv4_destination: 16,
    ipv4_destination_mask: 20,
    ipv6_source: 24,
    ipv6_source_mask: 40,
    ipv6_destination: 56,
    ipv6_destination_mask: 72,
  },
} as const;

/**
 * The faults of a filter, each with the path of its field in the request
 * (`filter.allow[0].source_ipv4[0]`); empty when it can be used. No filter is no fault.
 */
export function checkFilter(filter: Filter | undefined): Violation[] {
  return filter === undefined ? [] : collectViolations(filterFaults(filter), "filter");
}

/**
 * The filter as struct flow_filter: integers in little-endian host order, addresses and masks as
 * they are in a packet. No filter, or an empty one, lets every IPv4 and IPv6 packet pass.
 * Throws INVALID_INPUT with every fault that {@link checkFilter} finds.
 */
export function encodeFlowFilter(filter: Filter | undefined): Uint8Array {
  const violations = checkFilter(filter);
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  const flow = filter?.allow[0] ?? FlowFilter.create();
  const bytes = new Uint8Array(flowFilterLayout.size);
  writeScalars(bytes, flow);
  const { offsets } = flowFilterLayout;
  writePrefix(bytes, offsets.ipv4_source, offsets.ipv4_source_mask, flow.sourceIpv4[0]);
  writePrefix(bytes, offsets.ipv4_destination, offsets.ipv4_destination_mask, flow.destinationIpv4[0]);
  writePrefix(bytes, offsets.ipv6_source, offsets.ipv6_source_mask, flow.sourceIpv6[0]);
  writePrefix(bytes, offsets.ipv6_destination, offsets.ipv6_destination_mask, flow.destinationIpv6[0]);
  return bytes;
}

/** Whether packets other than IPv4 and IPv6 may match: an expression is asked for, and no flow. */
export function followsAnyProtocol(filter: Filter | undefined): boolean {
  if (filter === undefined || filter.allow.length > 0) return false;
  return filter.pcapExpression !== "" || filter.whereExpression !== "";
}

function writeScalars(bytes: Uint8Array, flow: FlowFilter): void {
  const { offsets } = flowFilterLayout;
  const view = new DataView(bytes.buffer);
  const protocol = flow.l4Protocols[0];
  view.setUint8(offsets.ip_version, flow.ipVersion);
  view.setUint8(offsets.both_directions, flow.direction === Direction.DIRECTION_FORWARD ? 0 : 1);
  view.setUint8(offsets.has_l4_protocol, protocol === undefined ? 0 : 1);
  view.setUint8(offsets.l4_protocol, protocol ?? 0);
  view.setUint16(offsets.source_port, flow.sourcePorts[0] ?? 0, true);
  view.setUint16(offsets.destination_port, flow.destinationPorts[0] ?? 0, true);
}

function writePrefix(bytes: Uint8Array, offset: number, maskOffset: number, text: string | undefined): void {
  if (text === undefined) return;
  const parsed = parsePrefix(text, text.includes(":") ? 6 : 4);
  if ("error" in parsed) throw IpftraceError.invalid([{ field: "filter", description: parsed.error }]);
  bytes.set(parsed.value.bytes, offset);
  bytes.set(prefixMask(parsed.value.bits, parsed.value.bytes.length), maskOffset);
}
