/** Options that say which packets to trace. Repeated, their values are alternatives. */
import { oneOf, type Reader } from "../../config/readers.js";
import { parsePrefix } from "../../filter/addresses.js";
import { parsePort } from "../../filter/ports.js";
import { parseProtocol } from "../../filter/protocols.js";
import { IpVersion } from "../../gen/ipftrace/v1/filter.js";
import { checkedBy, orAny, readText } from "../values.js";
import { type OptionSpec, tracing, words } from "./spec.js";

const condition = { ...tracing, kind: "list", filter: true } as const;
const original = { ...condition, metavar: "TEXT", original: true } as const;
const ipv4 = orAny(checkedBy((text) => parsePrefix(text, 4)));
const ipv6 = orAny(checkedBy((text) => parsePrefix(text, 6)));
const port = orAny(parsePort);
const versions = { any: undefined, "4": IpVersion.IP_VERSION_4, "6": IpVersion.IP_VERSION_6 } as const;

const readVersion: Reader<IpVersion | undefined> = (text) => {
  const read = oneOf("any", "4", "6")(text);
  return "error" in read ? read : { value: versions[read.value] };
};

/** The conditions of the original, in the order of its help. */
export const originalFilterOptions = {
  ipversion: {
    ...original,
    ...words("any", "4", "6"),
    names: ["-iv", "--ipversion"],
    help: "Specify IP version",
    read: readVersion,
  },
  l4proto: {
    ...original,
    names: ["-l4", "--l4proto"],
    help: "Specify L4 protocol",
    read: orAny(parseProtocol),
    suggest: ["any", "ICMP", "TCP", "UDP", "IPv6-ICMP", "SCTP"],
  },
  saddr4: { ...original, names: ["-s4", "--saddr4"], help: "Specify IPv4 source address", read: ipv4 },
  daddr4: { ...original, names: ["-d4", "--daddr4"], help: "Specify IPv4 destination address", read: ipv4 },
  saddr6: { ...original, names: ["-s6", "--saddr6"], help: "Specify IPv6 source address", read: ipv6 },
  daddr6: { ...original, names: ["-d6", "--daddr6"], help: "Specify IPv6 destination address", read: ipv6 },
  sport: { ...original, names: ["-sp", "--sport"], help: "Specify source port number", read: port },
  dport: { ...original, names: ["-dp", "--dport"], help: "Specify destination port number", read: port },
} as const satisfies Record<string, OptionSpec>;

const expression = { ...tracing, filter: true, metavar: "EXPR" } as const;

function notEmpty(example: string): Reader<string> {
  return readText(`is empty: give for example '${example}'`);
}

/** The conditions that the original had not. */
export const filterOptions = {
  pcap: {
    ...expression,
    names: ["--filter"],
    help: "Trace packets that match a pcap-filter(7) expression, as 'tcp port 80'; also without --filter, after --",
    read: notEmpty("tcp port 80"),
  },
  innerPcap: {
    ...expression,
    names: ["--filter-inner"],
    help: "Trace packets that have a packet in VXLAN, GENEVE, GRE or IP that matches a pcap-filter(7) expression",
    read: notEmpty("host 10.0.1.10"),
  },
  where: {
    ...expression,
    names: ["--where"],
    help: "Trace packets for which a C-like condition on their sk_buff holds, as 'skb->len > 1000'",
    read: notEmpty("skb->len > 1000"),
  },
  oneWay: {
    kind: "flag",
    names: ["--one-way"],
    help: "Trace only the packets described, not the replies to them",
    commands: tracing.commands,
  },
} as const satisfies Record<string, OptionSpec>;
