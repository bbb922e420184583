/** What may stand at a place of the command line, for the completion scripts of all shells. */

import { type CommandName, commandSpec } from "../commands.js";
import { type OptionKey, optionKeys, optionSpec, optionTable } from "../options.js";

/** Names that come with ipftrace; they are written into the scripts, so that completing starts no program. */
export interface ShippedNames {
  readonly manifests: readonly string[];
  readonly modules: readonly string[];
}

/** Words, and perhaps names of files. */
export interface Candidates {
  readonly words: readonly string[];
  readonly files: boolean;
}

/** What a value is called in help where it is the name of a file. */
const FILE_VALUE = /^(?:FILE|FOLDER|PATH)$/;

/** Every option, in the order of help. */
export const allOptions = Object.keys(optionTable) as OptionKey[];

/** What may follow an option; undefined for one that takes no value. */
export function afterOption(key: OptionKey, { modules }: ShippedNames): Candidates | undefined {
  const spec = optionSpec(key);
  if (spec.kind === "flag") return undefined;
  if (key === "module") return { words: modules, files: true };
  return { words: spec.suggest ?? [], files: FILE_VALUE.test(spec.metavar) };
}

/** What may be a subcommand's argument, the first or the second. */
export function argumentsOf(command: CommandName, { manifests }: ShippedNames): Candidates {
  const { operand, second } = commandSpec(command);
  return {
    words: operand?.manifest ? manifests : (operand?.words ?? []),
    files: Boolean(operand?.manifest || second?.file),
  };
}

/** The names of a subcommand's options, short and long. */
export function optionNames(command: CommandName): string[] {
  return optionKeys(command).flatMap((key) => [...optionSpec(key).names]);
}
