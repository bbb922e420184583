/**
 * Journeys as JSON, one object a line: the names of the contract in lowerCamelCase, 64-bit
 * numbers as strings, addresses as text, enum values by their short names. Every line has
 * the same keys in the same order, zeros included; only what is absent (flow, icmp,
 * dropReason, custom, stackId) is left out.
 */

import { formatAddress } from "../filter/addresses.js";
import type { Flow } from "../gen/ipftrace/v1/flow.js";
import {
  completenessToJSON,
  endReasonToJSON,
  type Hop,
  type JourneyLink,
  linkKindToJSON,
  linkRoleToJSON,
  type PacketJourney,
} from "../gen/ipftrace/v1/journey.js";
import type { TraceNames } from "./render-table.js";
import { shortName } from "./short-name.js";

/** One journey as one line. */
export function renderJourneyJson(journey: PacketJourney, names: TraceNames): string {
  const { flow, dropReason } = journey;
  return `${JSON.stringify({
    journeyId: journey.journeyId.toString(),
    startTimeNs: journey.startTimeNs.toString(),
    durationNs: journey.durationNs.toString(),
    flow: flow && flowJson(flow),
    endReason: shortName(endReasonToJSON(journey.endReason), "END_REASON_"),
    dropReason: dropReason && { code: dropReason.code, name: dropReason.name, subsystem: dropReason.subsystem },
    completeness: shortName(completenessToJSON(journey.completeness), "COMPLETENESS_"),
    lostHops: journey.lostHops,
    links: journey.links.map(linkJson),
    hops: journey.hops.map((hop) => hopJson(hop, names)),
  })}\n`;
}

function hopJson(hop: Hop, { functions, custom }: TraceNames) {
  return {
    function: hop.function || (functions.get(hop.functionId) ?? ""),
    deltaNs: hop.deltaNs.toString(),
    cpu: hop.cpu,
    ifindex: hop.ifindex,
    netns: hop.netns,
    length: hop.length,
    pid: hop.pid,
    flow: hop.flow && flowJson(hop.flow),
    custom: custom?.json(hop.custom),
    stackId: hop.stackId === 0 ? undefined : hop.stackId,
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
    role: shortName(linkRoleToJSON(role), "LINK_ROLE_"),
    kind: shortName(linkKindToJSON(kind), "LINK_KIND_"),
  };
}
