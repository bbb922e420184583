/** A completion script for bash, from the tables. It needs no bash-completion package. */

import { type CommandName, commandNames } from "../commands.js";
import { type OptionKey, optionSpec } from "../options.js";
import { afterOption, allOptions, argumentsOf, optionNames, type ShippedNames } from "./candidates.js";

/** The script, for `source <(ipftrace completion bash)`. */
export function renderBashCompletion(names: ShippedNames): string {
  return `# bash completion for ipftrace
_ipftrace() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command=trace options words files=
  COMPREPLY=()
  if [[ \${COMP_WORDS[0]##*/} == ipftraced ]]; then
    command=serve
  elif (( COMP_CWORD > 1 )); then
    case \${COMP_WORDS[1]} in
      ${commandNames.join("|")}) command=\${COMP_WORDS[1]} ;;
    esac
  fi
  case $command in
${commandNames.map((name) => commandCase(name, names)).join("\n")}
  esac
  if (( COMP_CWORD == 1 )) && [[ $command == trace ]]; then
    words+=${word(` ${commandNames.join(" ")}`)}
  fi
  case $command:$previous in
${valueCases(names).join("\n")}
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; [[ -n $files ]] && compgen -f -- "$current")
}
complete -o filenames -F _ipftrace ipftrace ipftraced
`;
}

function commandCase(name: CommandName, names: ShippedNames): string {
  const { words, files } = argumentsOf(name, names);
  const options = word(optionNames(name).join(" "));
  return `    ${name}) options=${options} words=${word(words.join(" "))}${files ? " files=yes" : ""} ;;`;
}

/** After an option that wants a value: the values that are known, or nothing. */
function valueCases(names: ShippedNames): string[] {
  return allOptions.flatMap((key) => {
    const candidates = afterOption(key, names);
    if (candidates === undefined) return [];
    const { words, files } = candidates;
    const sources = [
      ...(words.length > 0 ? [`compgen -W ${word(words.join(" "))} -- "$current"`] : []),
      ...(files ? ['compgen -f -- "$current"'] : []),
    ];
    const reply = sources.length > 0 ? `mapfile -t COMPREPLY < <(${sources.join("; ")}); return` : "return";
    return [`    ${patternsOf(key).join("|")}) ${reply} ;;`];
  });
}

/** COMMAND:OPTION; any command, unless the same name means something else to another. */
function patternsOf(key: OptionKey): string[] {
  const { names, commands } = optionSpec(key);
  return names.flatMap((name) => {
    const isShared = allOptions.some((other) => other !== key && optionSpec(other).names.some((one) => one === name));
    return isShared ? commands.map((command) => `${command}:${name}`) : [`*:${name}`];
  });
}

/** Text as one word of the shell; nothing in the tables that is used here has a quote. */
function word(text: string): string {
  return `'${text}'`;
}
