/** A completion script for fish, from the tables. */

import { type CommandName, commandNames, commandSpec } from "../commands.js";
import { type OptionKey, optionKeys, optionSpec } from "../options.js";
import { afterOption, argumentsOf, type Candidates, type ShippedNames } from "./candidates.js";

const HEADER = `# fish completion for ipftrace
function __ipftrace_is --description 'whether the command line has this subcommand'
    set -l words (commandline -opc)
    set -l command trace
    contains -- "$words[2]" ${commandNames.join(" ")}; and set command $words[2]
    test $command = $argv[1]
end
complete -c ipftrace -f
complete -c ipftraced -f
`;

/** The script, for `ipftrace completion fish | source`. */
export function renderFishCompletion(names: ShippedNames): string {
  const lines = [
    ...commandNames.map((name) => {
      const first = "test (count (commandline -opc)) -eq 1";
      return `complete -c ipftrace -n ${quoted(first)} -a ${name} -d ${quoted(commandSpec(name).summary)}`;
    }),
    ...commandNames.flatMap((name) => linesOf(`ipftrace -n ${quoted(`__ipftrace_is ${name}`)}`, name, names)),
    ...linesOf("ipftraced", "serve", names),
  ];
  return `${HEADER}${lines.join("\n")}\n`;
}

/** The options and arguments of a subcommand; `where` says when they are offered. */
function linesOf(where: string, command: CommandName, names: ShippedNames): string[] {
  const operands = argumentsOf(command, names);
  return [
    ...optionKeys(command).map((key) => optionLine(where, key, names)),
    ...(operands.words.length > 0 || operands.files ? [`complete -c ${where}${offering(operands)}`] : []),
  ];
}

function optionLine(where: string, key: OptionKey, names: ShippedNames): string {
  const spec = optionSpec(key);
  const switches = spec.names.map(fishName).join(" ");
  const candidates = afterOption(key, names);
  // -r: a value must follow; with -f no file is offered for it.
  const value = candidates === undefined ? "" : ` -r${offering(candidates)}`;
  return `complete -c ${where} ${switches} -d ${quoted(spec.help)}${value}`;
}

function offering({ words, files }: Candidates): string {
  return `${files ? " -F" : " -f"}${words.length > 0 ? ` -a ${quoted(words.join(" "))}` : ""}`;
}

/** fish knows three kinds: `--long`, the old `-long`, and `-s`. */
function fishName(name: string): string {
  if (name.startsWith("--")) return `-l ${name.slice(2)}`;
  return `${name.length > 2 ? "-o" : "-s"} ${name.slice(1)}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
