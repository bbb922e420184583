/**
 * Journeys as JSON, one object a line: the names of the contract in lowerCamelCase, 64-bit
 * numbers as strings, addresses as text, enum values by their short names. Every line has
 * the same keys in the same order, zeros included; only what is absent (flow, process, icmp,
 * dropReason, custom, stack) is left out.
 */

import { formatAddress } from "../filter/addresses.js";
import type { Flow } from "../gen/ipftrace/v1/flow.js";
import {
  completenessToJSON,
  type DropReason,
  endReasonToJSON,
  type Hop,
  type JourneyLink,
  linkKindToJSON,
  linkRoleToJSON,
  type PacketJourney,
} from "../gen/ipftrace/v1/journey.js";
import { enumName } from "./enum-name.js";
import { interfaceKey, type TraceNames } from "./trace-names.js";

/** One journey as one line. */
export function renderJourneyJson(journey: PacketJourney, names: TraceNames): string {
  const { flow, process, dropReason } = journey;
  return `${JSON.stringify({
    journeyId: journey.journeyId.toString(),
    startTimeNs: journey.startTimeNs.toString(),
    durationNs: journey.durationNs.toString(),
    flow: flow && flowJson(flow),
    process: process && { pid: process.pid, tid: process.tid, comm: process.comm },
    endReason: enumName(endReasonToJSON, journey.endReason, "END_REASON_"),
    dropReason: dropReason && dropJson(dropReason),
    endStack: names.stacks.get(journey.endStackId),
    completeness: enumName(completenessToJSON, journey.completeness, "COMPLETENESS_"),
    lostHops: journey.lostHops,
    links: journey.links.map(linkJson),
    hops: journey.hops.map((hop) => hopJson(hop, names)),
  })}\n`;
}

function dropJson({ code, name, subsystem, location }: DropReason) {
  return { code, name, subsystem, location };
}

function hopJson(hop: Hop, { functions, interfaces, stacks, custom }: TraceNames) {
  return {
    function: hop.function || (functions.get(hop.functionId) ?? ""),
    deltaNs: hop.deltaNs.toString(),
    cpu: hop.cpu,
    interface: interfaces.get(interfaceKey(hop)) ?? "",
    ifindex: hop.ifindex,
    netns: hop.netns,
    length: hop.length,
    flow: hop.flow && flowJson(hop.flow),
    custom: custom?.json(hop.custom),
    stack: stacks.get(hop.stackId),
  };
}

function flowJson({ icmp, ...flow }: Flow) {
  return {
    l3Protocol: flow.l3Protocol,
    l4Protocol: flow.l4Protocol,
    source: formatAddress(flow.source),
    destination: formatAddress(flow.destination),
    sourcePort: flow.sourcePort,
    destinationPort: flow.destinationPort,
    icmp: icmp && { type: icmp.type, code: icmp.code },
    laterFragment: flow.laterFragment,
  };
}

function linkJson({ journeyId, role, kind }: JourneyLink) {
  return {
    journeyId: journeyId.toString(),
    role: enumName(linkRoleToJSON, role, "LINK_ROLE_"),
    kind: enumName(linkKindToJSON, kind, "LINK_KIND_"),
  };
}
