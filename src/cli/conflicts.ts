/** Options that are right by themselves and contradict each other. */

import { hasPorts, protocolName } from "../filter/protocols.js";
import type { Given } from "./arguments.js";
import type { OptionKey, OptionValues } from "./options.js";

/** The first contradiction in one sentence that names both options as written; undefined without one. */
export function findConflict(values: OptionValues, given: ReadonlyMap<OptionKey, Given>): string | undefined {
  return familyConflict(values, given) ?? portConflict(values, given);
}

function familyConflict(values: OptionValues, given: ReadonlyMap<OptionKey, Given>): string | undefined {
  const { ipversion } = values;
  if (ipversion !== "4" && ipversion !== "6") return undefined;
  const other = ipversion === "4" ? (["saddr6", "daddr6"] as const) : (["saddr4", "daddr4"] as const);
  const key = other.find((candidate) => values[candidate] !== undefined);
  if (key === undefined) return undefined;
  const [version, address] = [asWritten(given, "ipversion"), asWritten(given, key)];
  const family = ipversion === "4" ? "IPv6" : "IPv4";
  return `${version} and ${address}: an ${family} address matches no IPv${ipversion} packet; leave one of them out`;
}

function portConflict(values: OptionValues, given: ReadonlyMap<OptionKey, Given>): string | undefined {
  const protocol = values.l4proto;
  const key = (["sport", "dport"] as const).find((candidate) => values[candidate] !== undefined);
  if (protocol === undefined || key === undefined || hasPorts(protocol)) return undefined;
  const both = `${asWritten(given, "l4proto")} and ${asWritten(given, key)}`;
  return `${both}: ${protocolName(protocol)} has no ports (TCP, UDP, SCTP, DCCP and UDPLite have); leave one of them out`;
}

function asWritten(given: ReadonlyMap<OptionKey, Given>, key: OptionKey): string {
  const one = given.get(key);
  return one === undefined ? key : `${one.option} ${one.text}`;
}

/** The conditions on packets as the user wrote them, for example `-l4 ICMP -s4 10.0.1.10`; empty without any. */
export function conditionsAsWritten(values: OptionValues, given: ReadonlyMap<OptionKey, Given>): string {
  const conditions = ["ipversion", "l4proto", "saddr4", "daddr4", "saddr6", "daddr6", "sport", "dport"] as const;
  const held = conditions.filter((key) => values[key] !== undefined && values[key] !== "any");
  return held.map((key) => asWritten(given, key)).join(" ");
}
