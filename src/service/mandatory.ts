/** Mandatory filters: from the configuration to the contract, and into a request. */
import type { ServerConfig } from "../config/table.js";
import { IpftraceError } from "../errors.js";
import { Direction, Filter, FlowFilter, IpVersion, type NetworkNamespace } from "../gen/ipftrace/v1/filter.js";
import type { MandatoryFilter } from "../security/mandatory.js";
import { resolveNamespaces } from "./namespaces.js";

type Entry = ServerConfig["security"]["identities"][number];
type Flow = Entry["allow"][number];

const INODE = "inode:";

/** The filter of an identity; undefined for one that sees everything. */
export function mandatoryFilter({ allow, deny }: Pick<Entry, "allow" | "deny">): MandatoryFilter | undefined {
  if (allow.length + deny.length === 0) return undefined;
  const filter = Filter.fromPartial({ allow: allow.map(toFlow), deny: deny.map(toFlow) });
  return { filter, key: Buffer.from(Filter.encode(filter).finish()).toString("base64") };
}

function toFlow(flow: Flow): FlowFilter {
  const { ipVersion, direction, netns, ...lists } = flow;
  return FlowFilter.fromPartial({
    ...lists,
    ipVersion: versionOf(flow),
    direction: direction === "forward" ? Direction.DIRECTION_FORWARD : Direction.DIRECTION_BOTH,
    netns: netns.map(toNamespace),
  });
}

/**
 * In the contract addresses of one family ask nothing of the other one's packets. Here they are all that a client
 * may see: those of one family let nothing of the other through.
 */
function versionOf({ ipVersion, sourceIpv4, destinationIpv4, sourceIpv6, destinationIpv6 }: Flow): IpVersion {
  const versions = { "4": IpVersion.IP_VERSION_4, "6": IpVersion.IP_VERSION_6 } as const;
  if (ipVersion !== undefined) return versions[ipVersion];
  const hasIpv4 = sourceIpv4.length + destinationIpv4.length > 0;
  const hasIpv6 = sourceIpv6.length + destinationIpv6.length > 0;
  if (hasIpv4 === hasIpv6) return IpVersion.IP_VERSION_UNSPECIFIED;
  return hasIpv4 ? versions["4"] : versions["6"];
}

function toNamespace(text: string): NetworkNamespace {
  if (!text.startsWith(INODE)) return { namespace: { $case: "name", value: text } };
  return { namespace: { $case: "inode", value: Number(text.slice(INODE.length)) } };
}

/**
 * The filter as it holds at this moment; undefined without one.
 *
 * @throws IpftraceError FORBIDDEN when it names a network namespace that is not there: what it would let through
 * cannot be told.
 */
export function resolveMandatory(mandatory: MandatoryFilter | undefined): Filter | undefined {
  if (mandatory === undefined) return undefined;
  const { filter, violations } = resolveNamespaces(mandatory.filter);
  if (violations.length === 0) return filter;
  const why = violations.map(({ description }) => description).join("; ");
  throw new IpftraceError("FORBIDDEN", `this server's operator lets you trace only some packets, and ${why}`);
}
