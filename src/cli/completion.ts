/** A completion script for bash, from the tables. It needs no bash-completion package. */

import { type CommandName, commandNames, commandSpec } from "./commands.js";
import { type OptionKey, optionKeys, optionSpec, optionTable } from "./options.js";

/**
 * The script, for `source <(ipftrace completion bash)`. Names of shipped manifests and modules are
 * written into it, so that completing starts no program.
 */
export function renderBashCompletion(manifestNames: readonly string[], moduleNames: readonly string[]): string {
  return `# bash completion for ipftrace
_ipftrace() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command=trace options words files=
  COMPREPLY=()
  if (( COMP_CWORD > 1 )); then
    case \${COMP_WORDS[1]} in
      ${commandNames.join("|")}) command=\${COMP_WORDS[1]} ;;
    esac
  fi
  case $command in
${commandNames.map((name) => commandCase(name, manifestNames)).join("\n")}
  esac
  if (( COMP_CWORD == 1 )); then
    words+=${word(` ${commandNames.join(" ")}`)}
  fi
  case $previous in
${valueCases(moduleNames).join("\n")}
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; [[ -n $files ]] && compgen -f -- "$current")
}
complete -o filenames -F _ipftrace ipftrace
`;
}

function commandCase(name: CommandName, manifestNames: readonly string[]): string {
  const { operand, second } = commandSpec(name);
  const options = optionKeys(name).flatMap((key) => [...optionSpec(key).names]);
  const words = operand?.manifest ? manifestNames : (operand?.words ?? []);
  const files = operand?.manifest || second?.file ? " files=yes" : "";
  return `    ${name}) options=${word(options.join(" "))} words=${word(words.join(" "))}${files} ;;`;
}

/** After an option that wants a value: the values that are known, or nothing. */
function valueCases(moduleNames: readonly string[]): string[] {
  return (Object.keys(optionTable) as OptionKey[]).flatMap((key) => {
    const spec = optionSpec(key);
    if (spec.kind === "flag") return [];
    const isModule = key === "module";
    const suggest = (isModule ? moduleNames : spec.suggest)?.join(" ");
    const files = isModule ? '; compgen -f -- "$current"' : "";
    const reply = suggest
      ? `mapfile -t COMPREPLY < <(compgen -W ${word(suggest)} -- "$current"${files}); return`
      : "return";
    return [`    ${spec.names.join("|")}) ${reply} ;;`];
  });
}

/** Text as one word of the shell; nothing in the tables has a quote. */
function word(text: string): string {
  return `'${text}'`;
}
