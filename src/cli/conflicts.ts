/** Options that are right by themselves and contradict each other. */

import { hasPorts, protocolName } from "../filter/protocols.js";
import type { Given } from "./arguments.js";
import type { CommandName } from "./commands.js";
import { type OptionKey, type OptionValues, optionKeys, optionSpec } from "./options.js";
import { sessionConflict } from "./session-conflicts.js";

/** Options as they stand on the command line, by key, in that order. */
export type AsGiven = ReadonlyMap<OptionKey, readonly Given[]>;

/** The first contradiction in one sentence that names both options as written; undefined without one. */
export function findConflict(values: OptionValues, given: AsGiven, command: CommandName): string | undefined {
  const ofTls = command === "serve" ? undefined : tlsConflict(values, given);
  return (
    ofTls ??
    sessionConflict(values, given, command) ??
    anyConflict(given) ??
    familyConflict(values, given) ??
    portConflict(values, given)
  );
}

/** Certificates for a server that has none. */
function tlsConflict({ server, tlsCert, tlsKey }: OptionValues, given: AsGiven): string | undefined {
  const key = (["tlsCa", "tlsCert", "tlsKey", "tlsServerName"] as const).find((candidate) => given.has(candidate));
  if (key === undefined) return undefined;
  const option = asWritten(given, key);
  if (server === undefined) return `${option}: which server? give --server HOST:PORT`;
  if (server.startsWith("unix:"))
    return `${option} and --server ${server}: a unix socket has no TLS; leave one of them out`;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) return "--tls-cert and --tls-key: give both, or none";
  return undefined;
}

/** `any` beside a value of the same option. */
function anyConflict(given: AsGiven): string | undefined {
  for (const all of given.values()) {
    const any = all.find(isAny);
    const other = all.find((one) => !isAny(one));
    if (any !== undefined && other !== undefined) {
      return `${words(any)} and ${words(other)}: any leaves nothing to choose; leave one of them out`;
    }
  }
  return undefined;
}

function isAny({ text }: Given): boolean {
  return text === "any";
}

function familyConflict({ ipversion, ...values }: OptionValues, given: AsGiven): string | undefined {
  const [version, another] = new Set(ipversion);
  if (version === undefined || another !== undefined) return undefined;
  const other = version === 4 ? (["saddr6", "daddr6"] as const) : (["saddr4", "daddr4"] as const);
  const key = other.find((candidate) => values[candidate] !== undefined);
  if (key === undefined) return undefined;
  const both = `${asWritten(given, "ipversion")} and ${asWritten(given, key)}`;
  const family = version === 4 ? "IPv6" : "IPv4";
  return `${both}: an ${family} address matches no IPv${version} packet; leave one of them out`;
}

function portConflict(values: OptionValues, given: AsGiven): string | undefined {
  const index = values.l4proto?.findIndex((protocol) => !hasPorts(protocol)) ?? -1;
  const protocol = values.l4proto?.[index];
  const key = (["sport", "dport"] as const).find((candidate) => values[candidate] !== undefined);
  if (protocol === undefined || key === undefined) return undefined;
  const both = `${asWritten(given, "l4proto", index)} and ${asWritten(given, key)}`;
  return `${both}: ${protocolName(protocol)} has no ports (TCP, UDP, SCTP, DCCP and UDPLite have); leave one of them out`;
}

function asWritten(given: AsGiven, key: OptionKey, index = 0): string {
  const one = given.get(key)?.[index];
  return one === undefined ? key : words(one);
}

function words({ option, text }: Given): string {
  return text === "" ? option : `${option} ${text}`;
}

/** The conditions on packets as the user wrote them, for example `-l4 ICMP -s4 10.0.1.10`; empty without any. */
export function conditionsAsWritten(values: OptionValues, given: AsGiven): string {
  const held = optionKeys("trace").filter((key) => optionSpec(key).filter && values[key] !== undefined);
  return held.flatMap((key) => given.get(key)?.map(words) ?? []).join(" ");
}
