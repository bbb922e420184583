# shellcheck shell=bash disable=SC2034,SC2154 # it is for those who source it
# The tools that are compared, in a virtual machine: start_tool begins one and waits until it traces, stop_tool
# ends it as Ctrl-C does and waits until its probes are gone. Both leave milliseconds in $took_ms.
# Needs $peers (test/bench/peers) and, as the current directory, a built checkout.

# Of the manifest generic, as a regular expression of pwru and as probes of bpftrace.
generic_names() { sed -n 's/^ *- { name: \([a-z0-9_]*\),.*/\1/p' examples/manifests/generic.yaml; }

# Those of them that this kernel can probe, with the position of the sk_buff.
generic_probes() {
  sed -n 's/^ *- { name: \([a-z0-9_]*\), skb_pos: \([1-5]\).*/\1 \2/p' examples/manifests/generic.yaml |
    while read -r name position; do
      ! grep -q "^$name\( \|$\)" /sys/kernel/tracing/available_filter_functions || echo "$name $position"
    done
}

now_ms() {
  local now=${EPOCHREALTIME/./}
  echo $((now / 1000))
}

# Every function with an sk_buff that modules of these kinds of network bring.
load_modules() {
  modprobe -a veth bridge vrf vxlan ip_gre nf_tables nft_ct nft_nat nft_chain_nat nft_masq nft_reject_inet 2>/dev/null || true
}

# start_tool TOOL WHAT FILTER: TOOL is ipftrace, ipftrace-begin, pwru or bpftrace; WHAT is all or generic; FILTER is none or all
# (which packets match). Output goes to $output, what it says besides to $errors.
start_tool() {
  local began line ready
  output=/tmp/$1.out errors=/tmp/$1.err
  : >"$output" && : >"$errors"
  arguments=()
  "arguments_of_$1" "$2" "$3"
  ready=$(ready_line "$1")
  began=$(now_ms)
  "${arguments[@]}" >"$output" 2>/tmp/says &
  tool_pid=$!
  exec 7</tmp/says
  # Whoever asks again and again takes the only processor away from what is measured.
  while IFS= read -ru 7 line; do
    echo "$line" >>"$errors"
    [[ $line =~ $ready ]] && break
  done
  took_ms=$(($(now_ms) - began))
  if ! [[ $line =~ $ready ]]; then
    cat "$errors" >&2
    return 1
  fi
  cat <&7 >>"$errors" &
  exec 7<&-
}

# The line of standard error by which one knows that a tool traces, as a regular expression.
ready_line() {
  case $1 in
    ipftrace*) echo '^tracing' ;;
    pwru) echo 'Listening' ;;
    bpftrace) echo '^ready$' ;;
  esac
}

# Each sets $arguments: the whole command.
arguments_of_ipftrace() {
  arguments=(node dist/cli/main.js "$1")
  [ "$2" = all ] || arguments+=(-l4 tcp -dp 1)
}

# Journeys begin where IP begins with a packet: elsewhere nobody asks the filter.
arguments_of_ipftrace-begin() {
  arguments_of_ipftrace "$@"
  arguments+=(--begin '^(ip_rcv|ipv6_rcv|__ip_local_out|__ip6_local_out)$')
}

arguments_of_pwru() {
  arguments=("$peers/pwru")
  [ "$1" = all ] || arguments+=(--filter-func "^($(generic_names | paste -sd '|'))\$")
  [ "$2" = all ] || arguments+=('tcp port 1')
}

# What bpftrace runs when it is ready must be an ELF file. Kernel headers are not there: an sk_buff's headers are found by BTF, as everything else.
arguments_of_bpftrace() {
  # shellcheck disable=SC2016 # its own variables
  local program condition='$at[9] == 6 && $at[22] * 256 + $at[23] == 1'
  [ "$2" = none ] || condition=1
  program=$(generic_probes | while read -r name position; do
    cat <<PROBE
kprobe:$name {
  \$skb = (struct sk_buff *)arg$((position - 1));
  \$at = (uint8 *)(\$skb->head + \$skb->network_header);
  if ($condition) { printf("%llx %s\\n", (uint64)\$skb, func); }
}
PROBE
  done)
  arguments=("$peers/bpftrace" -e "$program" -c "/bin/sh $PWD/test/bench/guest/ready")
}

stop_tool() {
  local began
  began=$(now_ms)
  kill -INT "$tool_pid"
  wait "$tool_pid" || true
  took_ms=$(($(now_ms) - began))
}

# How many functions are still probed: none, when a tool says that it has ended. Kprobes behind a function's first
# instruction are not the function tracer's.
probes_left() {
  cat /sys/kernel/tracing/enabled_functions /sys/kernel/debug/kprobes/list | grep -vcE '\[(FTRACE|DISABLED)\]' || true
}

mkfifo /tmp/never /tmp/says
