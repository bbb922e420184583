/** Reads struct flow_filter the way the eBPF program does: masks and compares bytes, nothing else. */
import { flowFilterLayout } from "../../src/filter/flow-filter.js";
import type { Flow } from "../../src/gen/ipftrace/v1/flow.js";

const { offsets } = flowFilterLayout;
const protocolsWithPorts = [6, 17, 33, 132, 136];

/** Whether the 88 bytes let a packet pass. */
export function matchesStruct(config: Uint8Array, flow: Flow): boolean {
  const version = flow.l3Protocol === 0x0800 ? 4 : flow.l3Protocol === 0x86dd ? 6 : 0;
  if (version === 0) return false;
  if (config[offsets.ip_version] !== 0 && config[offsets.ip_version] !== version) return false;
  if (config[offsets.has_l4_protocol] === 1 && config[offsets.l4_protocol] !== flow.l4Protocol) return false;
  const there = { addresses: [flow.source, flow.destination], ports: [flow.sourcePort, flow.destinationPort] };
  if (matchesEnds(config, flow, version, there.addresses, there.ports)) return true;
  if (config[offsets.both_directions] !== 1) return false;
  return matchesEnds(config, flow, version, there.addresses.reverse(), there.ports.reverse());
}

function matchesEnds(
  config: Uint8Array,
  flow: Flow,
  version: 4 | 6,
  addresses: readonly Uint8Array[],
  ports: readonly number[],
): boolean {
  const [source, sourceMask, destination, destinationMask] =
    version === 4
      ? [offsets.ipv4_source, offsets.ipv4_source_mask, offsets.ipv4_destination, offsets.ipv4_destination_mask]
      : [offsets.ipv6_source, offsets.ipv6_source_mask, offsets.ipv6_destination, offsets.ipv6_destination_mask];
  const isInside = (at: number, maskAt: number, address: Uint8Array | undefined) =>
    address?.every((byte, index) => (byte & (config[maskAt + index] ?? 0)) === config[at + index]) === true;
  if (!isInside(source, sourceMask, addresses[0])) return false;
  if (!isInside(destination, destinationMask, addresses[1])) return false;
  const view = new DataView(config.buffer, config.byteOffset);
  const wanted = [view.getUint16(offsets.source_port, true), view.getUint16(offsets.destination_port, true)];
  if (wanted.every((port) => port === 0)) return true;
  if (!protocolsWithPorts.includes(flow.l4Protocol) || flow.laterFragment) return false;
  return wanted.every((port, index) => port === 0 || port === ports[index]);
}
