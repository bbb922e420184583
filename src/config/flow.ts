/** Keys of a condition on packets: FlowFilter of the contract, as text. */
import { parsePrefix } from "../filter/addresses.js";
import { parseInterfaceName } from "../filter/interface-names.js";
import { parseNamespaceName } from "../filter/namespace-names.js";
import type { Parsed } from "../filter/parsed.js";
import { parsePort } from "../filter/ports.js";
import { parseProtocol } from "../filter/protocols.js";
import { quote } from "../filter/quote.js";
import { type Kind, word } from "./kinds.js";
import { key, list, optional } from "./schema.js";

/** One or more values with commas between them. */
function many<T>(accepts: string, read: (text: string) => Parsed<T>): Kind<T[]> {
  return {
    accepts: `${accepts}; several with commas`,
    read: (text) => {
      const all = text.split(",").map((one) => read(one.trim()));
      const fault = all.find((one) => "error" in one);
      return fault ?? { value: all.flatMap((one) => ("value" in one ? [one.value] : [])) };
    },
  };
}

/** The text of a prefix that is one. */
function prefix(family: 4 | 6): (text: string) => Parsed<string> {
  return (text) => {
    const parsed = parsePrefix(text, family);
    return "error" in parsed ? parsed : { value: text };
  };
}

function readNamespace(text: string): Parsed<string> {
  return text.startsWith("inode:") ? readInode(text) : parseNamespaceName(text);
}

function readInode(text: string): Parsed<string> {
  const isNumber = /^inode:[1-9]\d{0,9}$/.test(text);
  return isNumber ? { value: text } : { error: `${quote(text)} is not inode:N` };
}

const prefixes = { 4: many("IPv4 addresses or prefixes", prefix(4)), 6: many("IPv6 addresses or prefixes", prefix(6)) };
const ports = many("ports", parsePort);

const flowKeys = {
  ipVersion: optional(word("4", "6"), "Version of IP; both where it is left out"),
  l4Protocols: key(many("names or numbers of transports", parseProtocol), [], "Transports"),
  sourceIpv4: key(prefixes[4], [], "IPv4 sources"),
  destinationIpv4: key(prefixes[4], [], "IPv4 destinations"),
  sourceIpv6: key(prefixes[6], [], "IPv6 sources"),
  destinationIpv6: key(prefixes[6], [], "IPv6 destinations"),
  sourcePorts: key(ports, [], "Source ports"),
  destinationPorts: key(ports, [], "Destination ports"),
  direction: key(word("both", "forward"), "both", "Whether the replies match, too: source and destination exchanged"),
  interfaceNames: key(many("names", parseInterfaceName), [], "Interfaces of the packet"),
  netns: key(many("names of ip netns, or inode:N", readNamespace), [], "Network namespaces of the packet"),
};

/** A list of conditions, any of which may hold. */
export function flows(meaning: string) {
  return list(flowKeys, "sourceIpv4", [], meaning);
}
