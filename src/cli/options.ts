/**
 * The options, as data: parsing, help and completion are made from this one table.
 *
 * Names and help texts of the rows with `original: true` are those of the ipftrace of
 * 2019, so that its users find what they know. Their order is the order of help.
 */

import { parsePrefix } from "../filter/addresses.js";
import { parsePort } from "../filter/ports.js";
import { parseProtocol } from "../filter/protocols.js";
import { Backend } from "../gen/ipftrace/v1/node.js";
import type { CommandName } from "./commands.js";
import {
  checkedBy,
  oneOf,
  orAny,
  type Reader,
  readCount,
  readRegex,
  readRingBytes,
  readTarget,
  readTimeMs,
  refuse,
} from "./values.js";

interface AnyOption {
  /** As the user writes it: the short name, where there is one, before the long one. */
  readonly names: readonly [long: string] | readonly [short: string, long: string];
  /** One line of help. */
  readonly help: string;
  /** The subcommands that have it. */
  readonly commands: readonly CommandName[];
  /** Whether the original had it: these come first in help. */
  readonly original?: true;
  /** Whether it is a condition on packets. */
  readonly filter?: true;
}

interface Flag extends AnyOption {
  readonly kind: "flag";
}

interface Valued<T> extends AnyOption {
  /** `list` collects repeated values; of a repeated `value` the last one holds. */
  readonly kind: "value" | "list";
  /** What help shows in place of the value. */
  readonly metavar: string;
  readonly read: Reader<T>;
  /** Values that completion offers. */
  readonly suggest?: readonly string[];
}

/** One option. */
export type OptionSpec = Flag | Valued<unknown>;

const backends = {
  auto: Backend.BACKEND_UNSPECIFIED,
  "kprobe-multi": Backend.BACKEND_KPROBE_MULTI,
  kprobe: Backend.BACKEND_KPROBE,
  tracepoint: Backend.BACKEND_TRACEPOINT,
} as const;
const backendNames = Object.keys(backends) as (keyof typeof backends)[];

function words<const T extends string>(...accepted: readonly T[]) {
  return { metavar: `[${accepted.join("|")}]`, suggest: accepted, read: oneOf(...accepted) };
}

const tracing = { kind: "value", commands: ["trace"] } as const;
const condition = { ...tracing, metavar: "TEXT", original: true, filter: true } as const;
const ipv4 = orAny(checkedBy((text) => parsePrefix(text, 4)));
const ipv6 = orAny(checkedBy((text) => parsePrefix(text, 6)));
const port = orAny(parsePort);
const everywhere = ["trace", "list", "serve", "demo", "doctor", "completion"] as const;

/** Every option by key. */
export const optionTable = {
  ipversion: { ...condition, names: ["-iv", "--ipversion"], help: "Specify IP version", ...words("any", "4", "6") },
  l4proto: {
    ...condition,
    names: ["-l4", "--l4proto"],
    help: "Specify L4 protocol",
    read: orAny(parseProtocol),
    suggest: ["any", "ICMP", "TCP", "UDP", "IPv6-ICMP", "SCTP"],
  },
  saddr4: { ...condition, names: ["-s4", "--saddr4"], help: "Specify IPv4 source address", read: ipv4 },
  daddr4: { ...condition, names: ["-d4", "--daddr4"], help: "Specify IPv4 destination address", read: ipv4 },
  saddr6: { ...condition, names: ["-s6", "--saddr6"], help: "Specify IPv6 source address", read: ipv6 },
  daddr6: { ...condition, names: ["-d6", "--daddr6"], help: "Specify IPv6 destination address", read: ipv6 },
  sport: { ...condition, names: ["-sp", "--sport"], help: "Specify source port number", read: port },
  dport: { ...condition, names: ["-dp", "--dport"], help: "Specify destination port number", read: port },
  module: {
    ...tracing,
    names: ["-m", "--module"],
    original: true,
    metavar: "TEXT",
    help: "Specify custom match module name",
    read: refuse("modules are not supported by this version"),
  },
  list: {
    kind: "flag",
    names: ["-l", "--list"],
    original: true,
    help: "List available groups and functions",
    commands: ["trace", "list"],
  },
  help: { kind: "flag", names: ["--help"], original: true, help: "Show this message and exit.", commands: everywhere },
  oneWay: {
    kind: "flag",
    names: ["--one-way"],
    help: "Trace only the packets described, not the replies to them",
    commands: ["trace"],
  },
  output: {
    kind: "value",
    names: ["-o", "--output"],
    help: "Print text as the original did (default), or one JSON object a line",
    commands: ["trace", "list", "demo"],
    ...words("table", "jsonl"),
  },
  server: {
    kind: "value",
    names: ["--server"],
    metavar: "ADDRESS",
    help: "Ask the server at unix:PATH or HOST:PORT (default: one for this run alone)",
    commands: ["trace", "list"],
    read: readTarget,
  },
  backend: {
    ...tracing,
    names: ["--backend"],
    help: "How to attach to the kernel (default auto: the best that works)",
    ...words(...backendNames),
  },
  functionRegex: {
    kind: "value",
    names: ["--function"],
    metavar: "REGEX",
    help: "Only functions in whose name REGEX (RE2 syntax) is found",
    commands: ["trace", "list"],
    read: readRegex,
  },
  durationMs: {
    ...tracing,
    names: ["--duration"],
    metavar: "TIME",
    help: "End after TIME: 10s, 500ms, 5m",
    read: readTimeMs,
  },
  count: { ...tracing, names: ["-c", "--count"], metavar: "N", help: "End after N journeys", read: readCount },
  maxHops: {
    ...tracing,
    names: ["--max-hops"],
    metavar: "N",
    help: "Close a journey after N hops; it goes on in another (default 128)",
    read: readCount,
  },
  idleTimeoutMs: {
    ...tracing,
    names: ["--idle-timeout"],
    metavar: "TIME",
    help: "Close a journey after TIME without a hop (default 5s)",
    read: readTimeMs,
  },
  ringBytes: {
    ...tracing,
    names: ["--ring-bytes"],
    metavar: "SIZE",
    help: "Buffer between kernel and collector, a power of two: 64K, 8M (default 8M)",
    read: readRingBytes,
  },
  listen: {
    kind: "list",
    names: ["--listen"],
    metavar: "ADDRESS",
    help: "Listen at unix:PATH or HOST:PORT; repeatable (default unix:/run/ipftrace/ipftraced.sock)",
    commands: ["serve"],
    read: readTarget,
  },
  insecure: {
    kind: "flag",
    names: ["--insecure"],
    help: "Allow TCP without TLS, on loopback addresses only",
    commands: ["serve"],
  },
  logLevel: {
    kind: "value",
    names: ["--log-level"],
    help: "Least severe messages to log (default info)",
    commands: ["serve"],
    ...words("trace", "debug", "info", "warn", "error", "silent"),
  },
  noColor: {
    kind: "flag",
    names: ["--no-color"],
    help: "No colours, even on a terminal (NO_COLOR is heeded, too)",
    commands: ["trace", "demo"],
  },
  quiet: {
    kind: "flag",
    names: ["-q", "--quiet"],
    help: "No diagnostics but errors, warnings and losses",
    commands: ["trace"],
  },
  version: { kind: "flag", names: ["--version"], help: "Show the version and exit.", commands: everywhere },
} as const satisfies Record<string, OptionSpec>;

type Table = typeof optionTable;

/** The key of an option. */
export type OptionKey = keyof Table;

type ValueOf<S> = S extends { kind: "flag" }
  ? true
  : S extends { kind: "list"; read: Reader<infer T> }
    ? readonly T[]
    : S extends { read: Reader<infer T> }
      ? Exclude<T, undefined>
      : never;

/** What was given on the command line; an option that was not given, or as `any`, is absent. */
export type OptionValues = { readonly [K in OptionKey]?: ValueOf<Table[K]> };

/** The backend that a value of `--backend` names. */
export function backendOf(name: keyof typeof backends): Backend {
  return backends[name];
}

/** The keys of the options that a subcommand has, in the order of help. */
export function optionKeys(command: CommandName): OptionKey[] {
  return (Object.keys(optionTable) as OptionKey[]).filter((key) => optionSpec(key).commands.includes(command));
}

/** One row of the table, with every property that a row may have. */
export function optionSpec(key: OptionKey): OptionSpec {
  return optionTable[key];
}

/** The long name of an option, with its dashes. */
export function longName(key: OptionKey): string {
  const { names } = optionSpec(key);
  return names[1] ?? names[0];
}
