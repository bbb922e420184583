import type { Violation } from "../errors.js";
import type { FlowFilter } from "../gen/ipftrace/v1/filter.js";
import { parsePrefix } from "./addresses.js";
import { countFaults } from "./count-faults.js";
import { fieldFaults } from "./field-faults.js";
import { maxPort } from "./ports.js";
import { hasPorts, maxProtocol, protocolName } from "./protocols.js";

const addressFields = [
  { key: "sourceIpv4", field: "source_ipv4", family: 4 },
  { key: "destinationIpv4", field: "destination_ipv4", family: 4 },
  { key: "sourceIpv6", field: "source_ipv6", family: 6 },
  { key: "destinationIpv6", field: "destination_ipv6", family: 6 },
] as const;

const portFields = [
  { key: "sourcePorts", field: "source_ports" },
  { key: "destinationPorts", field: "destination_ports" },
] as const;

/** Everything that keeps one condition from being used; `path` is its place in the request. */
export function* flowFaults(flow: FlowFilter, path: string): Generator<Violation> {
  yield* enumFaults(flow, path);
  yield* protocolFaults(flow, path);
  yield* addressFaults(flow, path);
  yield* portFaults(flow, path);
  yield* fieldFaults(flow, path);
}

function* enumFaults({ ipVersion, direction }: FlowFilter, path: string): Generator<Violation> {
  if (![0, 4, 6].includes(ipVersion)) {
    yield {
      field: `${path}.ip_version`,
      description: `${ipVersion} is not an IP version: give IP_VERSION_4 (4), IP_VERSION_6 (6) or nothing for both`,
    };
  }
  if (![0, 1, 2].includes(direction)) {
    yield {
      field: `${path}.direction`,
      description: `${direction} is not a direction: give DIRECTION_BOTH (1), DIRECTION_FORWARD (2) or nothing for both`,
    };
  }
}

function* protocolFaults({ l4Protocols }: FlowFilter, path: string): Generator<Violation> {
  const field = `${path}.l4_protocols`;
  yield* countFaults(l4Protocols, field);
  for (const [index, number] of l4Protocols.entries()) {
    if (isWithin(number, 0, maxProtocol)) continue;
    yield { field: `${field}[${index}]`, description: `${number} is not a protocol number: give 0-${maxProtocol}` };
  }
}

function* addressFaults(flow: FlowFilter, path: string): Generator<Violation> {
  for (const { key, field, family } of addressFields) {
    const values = flow[key];
    yield* countFaults(values, `${path}.${field}`);
    for (const [index, text] of values.entries()) {
      const parsed = parsePrefix(text, family);
      if ("error" in parsed) yield { field: `${path}.${field}[${index}]`, description: parsed.error };
    }
    const excluded = family === 4 ? 6 : 4;
    if (values.length > 0 && flow.ipVersion === excluded) {
      yield {
        field: `${path}.${field}`,
        description: `${field} and ip_version ${excluded} exclude each other: leave one of them out`,
      };
    }
  }
}

function* portFaults(flow: FlowFilter, path: string): Generator<Violation> {
  const portless = flow.l4Protocols.find((number) => isWithin(number, 0, maxProtocol) && !hasPorts(number));
  for (const { key, field } of portFields) {
    const values = flow[key];
    yield* countFaults(values, `${path}.${field}`);
    for (const [index, port] of values.entries()) {
      if (isWithin(port, 1, maxPort)) continue;
      yield { field: `${path}.${field}[${index}]`, description: `${port} is not a port: give 1-${maxPort}` };
    }
    if (values.length > 0 && portless !== undefined) {
      yield {
        field: `${path}.${field}`,
        description: `${field} and l4_protocols ${protocolName(portless)} (${portless}) exclude each other, because that protocol has no ports: leave one of them out, or give TCP, UDP, DCCP, SCTP or UDPLite`,
      };
    }
  }
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
