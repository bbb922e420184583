/** An entry of Filter.allow or Filter.deny, as it is compiled: what asks nothing is left out. */
import { Direction, type FlowFilter } from "../gen/ipftrace/v1/filter.js";
import { type Prefix, parsePrefix } from "./addresses.js";

/** What is asked of one end of the flow. Empty lists ask nothing. */
export interface End {
  readonly ipv4: readonly Prefix[];
  readonly ipv6: readonly Prefix[];
  readonly ports: readonly number[];
}

/** One entry. Everything in it must hold; the values of a list are alternatives, an empty one asks nothing. */
export interface Condition {
  /** 0: both. */
  readonly version: 0 | 4 | 6;
  readonly protocols: readonly number[];
  readonly source: End;
  readonly destination: End;
  /** Whether packets with the two ends exchanged match, too. */
  readonly bothDirections: boolean;
  readonly fields: Pick<FlowFilter, "marks" | "interfaceNames" | "lengths" | "cgroupIds"> & {
    readonly netns: readonly number[];
  };
}

/** Reads an entry that has no faults and whose namespaces are inode numbers. */
export function toCondition(flow: FlowFilter, isDeny: boolean): Condition {
  const { marks, interfaceNames, lengths, cgroupIds } = flow;
  return {
    version: versionOf(flow, isDeny),
    protocols: flow.l4Protocols,
    source: toEnd(flow.sourceIpv4, flow.sourceIpv6, flow.sourcePorts),
    destination: toEnd(flow.destinationIpv4, flow.destinationIpv6, flow.destinationPorts),
    bothDirections: flow.direction !== Direction.DIRECTION_FORWARD,
    fields: { marks, interfaceNames, lengths, cgroupIds, netns: flow.netns.map(inodeOf) },
  };
}

/** Whether an entry matches every packet. */
export function asksNothing({ version, protocols, source, destination, fields }: Condition): boolean {
  const lists = [protocols, ...endLists(source), ...endLists(destination), ...Object.values(fields)];
  return version === 0 && lists.every((list) => list.length === 0);
}

/** Whether a condition asks anything of the flow's ends. */
export function asksEnds({ source, destination }: Condition): boolean {
  return [...endLists(source), ...endLists(destination)].some((list) => list.length > 0);
}

function endLists({ ipv4, ipv6, ports }: End): (readonly unknown[])[] {
  return [ipv4, ipv6, ports];
}

/**
 * Addresses of one family alone ask nothing of the other one's packets. Where packets are
 * taken away, that must not mean that all of the other family are.
 */
function versionOf(flow: FlowFilter, isDeny: boolean): 0 | 4 | 6 {
  if (flow.ipVersion === 4 || flow.ipVersion === 6) return flow.ipVersion;
  const hasIpv4 = flow.sourceIpv4.length + flow.destinationIpv4.length > 0;
  const hasIpv6 = flow.sourceIpv6.length + flow.destinationIpv6.length > 0;
  if (!isDeny || hasIpv4 === hasIpv6) return 0;
  return hasIpv4 ? 4 : 6;
}

function toEnd(ipv4: readonly string[], ipv6: readonly string[], ports: readonly number[]): End {
  return { ipv4: toPrefixes(ipv4, 4), ipv6: toPrefixes(ipv6, 6), ports };
}

/** A prefix of no bits has every address: then the whole list asks nothing. */
function toPrefixes(texts: readonly string[], family: 4 | 6): readonly Prefix[] {
  const prefixes = texts.map((text) => {
    const parsed = parsePrefix(text, family);
    if ("error" in parsed) throw new Error(`an address was not checked: ${parsed.error}`);
    return parsed.value;
  });
  return prefixes.some(({ bits }) => bits === 0) ? [] : prefixes;
}

function inodeOf({ namespace }: FlowFilter["netns"][number]): number {
  if (namespace?.$case === "inode") return namespace.value;
  throw new Error("a network namespace was not resolved");
}
