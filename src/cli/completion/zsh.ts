/** A completion script for zsh, from the tables. */

import { type CommandName, commandNames, commandSpec } from "../commands.js";
import { type OptionKey, optionKeys, optionSpec } from "../options.js";
import { afterOption, argumentsOf, type Candidates, type ShippedNames } from "./candidates.js";

/** The script: as the file `_ipftrace` in a folder of `$fpath`, or for `source <(ipftrace completion zsh)`. */
export function renderZshCompletion(names: ShippedNames): string {
  return `#compdef ipftrace ipftraced
_ipftrace_commands() {
  local -a commands=(
${commandNames.map((name) => `    ${quoted(`${name}:${commandSpec(name).summary}`)}`).join("\n")}
  )
  _describe -t commands command commands
}
_ipftrace_words() {
  (( $# == 1 )) || compadd -- "\${@:2}"
  [[ $1 != files ]] || _files
}
_ipftrace_first() {
  (( CURRENT > 2 )) || _ipftrace_commands
  _ipftrace_words "$@"
}
_ipftrace() {
  local command=trace
  if [[ \${service:-ipftrace} == ipftraced ]]; then
    command=serve
  elif (( CURRENT > 2 )); then
    case $words[2] in
      trace) words=("$words[1]" "\${(@)words[3,-1]}"); (( CURRENT-- )) ;;
      ${commandNames.filter((name) => name !== "trace").join("|")})
        command=$words[2]; words=("$words[1]" "\${(@)words[3,-1]}"); (( CURRENT-- )) ;;
    esac
  fi
  case $command in
${commandNames.map((name) => commandCase(name, names)).join("\n")}
  esac
}
# Sourced, there is no completion under way; loaded from $fpath, there is.
if [[ $funcstack[1] == _ipftrace ]]; then _ipftrace "$@"; else compdef _ipftrace ipftrace ipftraced; fi
`;
}

function commandCase(name: CommandName, names: ShippedNames): string {
  const { operand, second } = commandSpec(name);
  const candidates = argumentsOf(name, names);
  const first = name === "trace" ? "_ipftrace_first" : "_ipftrace_words";
  const specs = [
    ...optionKeys(name).flatMap((key) => optionSpecs(key, names)),
    ...(operand === undefined
      ? []
      : [`1:${operand.name}:${call(first, { ...candidates, files: candidates.files && second === undefined })}`]),
    ...(second === undefined ? [] : [`2:${second.name}:${call("_ipftrace_words", { ...candidates, words: [] })}`]),
  ];
  return `    ${name}) _arguments \\\n${specs.map((spec) => `      ${quoted(spec)}`).join(" \\\n")} ;;`;
}

/** One spec for each name of an option; each excludes the others, unless it may be repeated. */
function optionSpecs(key: OptionKey, names: ShippedNames): string[] {
  const spec = optionSpec(key);
  const candidates = afterOption(key, names);
  const before = spec.kind === "list" ? "*" : `(${spec.names.join(" ")})`;
  const help = `[${spec.help.replace(/[\\[\]:]/g, "\\$&")}]`;
  const value = spec.kind === "flag" || candidates === undefined ? "" : valueSpec(spec.metavar, candidates);
  return spec.names.map((name) => `${before}${name}${help}${value}`);
}

function valueSpec(metavar: string, candidates: Candidates): string {
  return `:${metavar.replace(/[\\:]/g, "\\$&")}:${call("_ipftrace_words", candidates)}`;
}

/** A call as _arguments takes it: in braces, a piece of shell. */
function call(name: string, { words, files }: Candidates): string {
  return `{${[name, files ? "files" : "words", ...words].join(" ")}}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
