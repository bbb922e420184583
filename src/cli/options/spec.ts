/** What one row of the table of options is made of. */
import { oneOf, type Reader } from "../../config/readers.js";
import type { CommandName } from "../commands.js";

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

/** The part of a row whose value is one of these words. */
export function words<const T extends string>(...accepted: readonly T[]) {
  return { metavar: `[${accepted.join("|")}]`, suggest: accepted, read: oneOf(...accepted) };
}

/** The part of a row that the options of a trace share. */
export const tracing = { kind: "value", commands: ["trace", "explain"] } as const;
