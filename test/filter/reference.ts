/**
 * What a filter means, written as plainly as possible: the reference that the eBPF filter is
 * compared with. It works on the contract's messages, not on what the kernel gets.
 */
import { parsePrefix } from "../../src/filter/addresses.js";
import { hasPorts } from "../../src/filter/protocols.js";
import { Direction, type Filter, type FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";
import type { Flow } from "../../src/gen/ipftrace/v1/flow.js";

/** What the kernel knows of a packet beside its flow; each is 0 or empty where it does not. */
export interface PacketFields {
  readonly mark: number;
  readonly length: number;
  readonly netns: number;
  readonly interfaceName: string;
  readonly cgroup: bigint;
}

/** A packet of which nothing but its flow is known. */
const noFields: PacketFields = { mark: 0, length: 0, netns: 0, interfaceName: "", cgroup: 0n };

const ipVersions: Readonly<Record<number, 4 | 6>> = { 2048: 4, 34525: 6 };

/** Whether a packet passes. Expressions, end conditions and namespaces by name have no meaning here. */
export function matchesPacket(filter: Filter | undefined, flow: Flow, fields: PacketFields): boolean {
  const version = ipVersions[flow.l3Protocol];
  if (version === undefined) return false;
  const { allow = [], deny = [] } = filter ?? {};
  const matches = (condition: FlowFilter): boolean =>
    matchesFields(condition, fields) && matchesCondition(condition, flow, version);
  if (allow.length > 0 && !allow.some(matches)) return false;
  return !deny.some((condition) => matches(condition) && !isAboutOtherFamily(condition, version));
}

/** The same for a filter that asks for the flow alone. */
export function matchesFlow(filter: Filter | undefined, flow: Flow): boolean {
  return matchesPacket(filter, flow, noFields);
}

/** Addresses of one family alone take nothing of the other away. */
function isAboutOtherFamily(condition: FlowFilter, version: 4 | 6): boolean {
  const ipv4 = [...condition.sourceIpv4, ...condition.destinationIpv4].length;
  const ipv6 = [...condition.sourceIpv6, ...condition.destinationIpv6].length;
  return version === 4 ? ipv4 === 0 && ipv6 > 0 : ipv6 === 0 && ipv4 > 0;
}

function matchesFields(condition: FlowFilter, fields: PacketFields): boolean {
  const { marks, lengths, netns, interfaceNames, cgroupIds } = condition;
  const asked: [readonly unknown[], boolean][] = [
    [
      marks,
      marks.some(({ value, mask }) => (mask === 0 ? fields.mark === value : (fields.mark & mask) >>> 0 === value)),
    ],
    [lengths, lengths.some(({ min, max }) => fields.length >= min && (max === 0 || fields.length <= max))],
    [netns, netns.some(({ namespace }) => namespace?.value === fields.netns)],
    [interfaceNames, interfaceNames.includes(fields.interfaceName)],
    [cgroupIds, cgroupIds.includes(fields.cgroup)],
  ];
  return asked.every(([values, matches]) => values.length === 0 || matches);
}

function matchesCondition(condition: FlowFilter, flow: Flow, version: 4 | 6): boolean {
  if (condition.ipVersion !== 0 && condition.ipVersion !== version) return false;
  if (condition.l4Protocols.length > 0 && !condition.l4Protocols.includes(flow.l4Protocol)) return false;
  if (matchesEnds(condition, flow, version)) return true;
  return condition.direction !== Direction.DIRECTION_FORWARD && matchesEnds(condition, reply(flow), version);
}
function reply(flow: Flow): Flow {
  const { source, destination, sourcePort, destinationPort } = flow;
  return {
    ...flow,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

function matchesEnds(condition: FlowFilter, flow: Flow, version: 4 | 6): boolean {
  const [sources, destinations] =
    version === 4
      ? [condition.sourceIpv4, condition.destinationIpv4]
      : [condition.sourceIpv6, condition.destinationIpv6];
  return (
    matchesAddress(sources, flow.source, version) &&
    matchesAddress(destinations, flow.destination, version) &&
    matchesPorts(condition, flow)
  );
}

function matchesAddress(prefixes: readonly string[], address: Uint8Array, version: 4 | 6): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => isInside(prefix, address, version));
}

function isInside(text: string, address: Uint8Array, version: 4 | 6): boolean {
  const parsed = parsePrefix(text, version);
  if ("error" in parsed) throw new TypeError(parsed.error);
  const { bytes, bits } = parsed.value;
  return bitString(address).startsWith(bitString(bytes).slice(0, bits));
}

function bitString(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

function matchesPorts({ sourcePorts, destinationPorts }: FlowFilter, flow: Flow): boolean {
  if (sourcePorts.length === 0 && destinationPorts.length === 0) return true;
  if (!hasPorts(flow.l4Protocol) || flow.laterFragment) return false;
  return (
    (sourcePorts.length === 0 || sourcePorts.includes(flow.sourcePort)) &&
    (destinationPorts.length === 0 || destinationPorts.includes(flow.destinationPort))
  );
}
