/**
 * What a filter means, written as plainly as possible: the reference that the eBPF filter is
 * compared with. It works on the contract's messages, not on the bytes that the kernel gets.
 */
import { parsePrefix } from "../../src/filter/addresses.js";
import { hasPorts } from "../../src/filter/protocols.js";
import { Direction, type Filter, type FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";
import type { Flow } from "../../src/gen/ipftrace/v1/flow.js";

const ipVersions: Readonly<Record<number, 4 | 6>> = { 2048: 4, 34525: 6 };

/** Whether a packet passes. Filters with deny entries or expressions have no meaning here. */
export function matchesFlow(filter: Filter | undefined, flow: Flow): boolean {
  const version = ipVersions[flow.l3Protocol];
  if (version === undefined) return false;
  const conditions = filter?.allow ?? [];
  return conditions.length === 0 || conditions.some((condition) => matchesCondition(condition, flow, version));
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
