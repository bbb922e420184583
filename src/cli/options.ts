/**
 * The options, as data: parsing, help, completion and the manual are made from this one table.
 *
 * Names and help texts of the rows with `original: true` are those of the ipftrace of
 * 2019, so that its users find what they know. Their order is the order of help.
 */
import type { Reader } from "../config/readers.js";
import type { CommandName } from "./commands.js";
import { filterOptions, originalFilterOptions } from "./options/filter.js";
import { journeyOptions, packetOptions } from "./options/packet.js";
import { serveOptions } from "./options/serve.js";
import { sessionOptions } from "./options/session.js";
import { type OptionSpec, tracing } from "./options/spec.js";
import { tlsOptions } from "./options/tls.js";
import { traceOptions } from "./options/trace.js";
import { readText } from "./values.js";

const everywhere = [
  "trace",
  "explain",
  "list",
  "module",
  "session",
  "serve",
  "demo",
  "doctor",
  "completion",
  "man",
] as const;

/** Every option by key. */
export const optionTable = {
  ...originalFilterOptions,
  module: {
    ...tracing,
    kind: "list",
    names: ["-m", "--module"],
    original: true,
    metavar: "TEXT",
    help: "Specify custom match module name",
    read: readText("is empty: give the name of a module, or a file"),
  },
  list: {
    kind: "flag",
    names: ["-l", "--list"],
    original: true,
    help: "List available groups and functions",
    commands: ["trace", "list"],
  },
  help: { kind: "flag", names: ["--help"], original: true, help: "Show this message and exit.", commands: everywhere },
  ...filterOptions,
  ...packetOptions,
  ...journeyOptions,
  ...traceOptions,
  ...sessionOptions,
  modules: {
    kind: "flag",
    names: ["--modules"],
    help: "List the modules for -m and their fields instead",
    commands: ["list"],
  },
  ...tlsOptions,
  ...serveOptions,
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
    ? readonly Exclude<T, undefined>[]
    : S extends { read: Reader<infer T> }
      ? Exclude<T, undefined>
      : never;

/** What was given on the command line; an option that was not given, or as `any`, is absent. */
export type OptionValues = { readonly [K in OptionKey]?: ValueOf<Table[K]> };

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
