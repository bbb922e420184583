# zsh -f complete.zsh SCRIPT LINE: prints what an interactive zsh offers at the end of LINE, one a line.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -u -D; source ${(q)1}"
# Every word that is offered goes through compadd: -A writes those that match into an array.
zpty -w shell 'compadd() {
  if [[ " $* " == *" -"[AOD]" "* ]]; then builtin compadd "$@"; return; fi
  local -a offered
  builtin compadd -A offered "$@"
  (( ! $#offered )) || print -rl -- "OFFERED "$^offered
  builtin compadd "$@"
}
offer() { _main_complete "$@"; print -r -- END; exit }
zle -C offer complete-word offer; bindkey "^I" offer; print REA""DY'
zpty -r shell output '*READY*'
zpty -w -n shell "$2"$'\t'
zpty -r shell output '*END*'
print -r -- "$output" | tr -d '\r' | sed -n 's/^.*OFFERED //p'
zpty -d shell
