#!/usr/bin/env bash
# overhead.sh PEERS TRAFFIC ROUNDS WHAT TOOL…: how fast traffic is over a cable between two namespaces, without a tracer
# and with each tool, in turn, with a filter that matches nothing and with one that matches everything. Writes
# lines `TOOL FILTER UDP_PPS PING_PPS TCP_MBIT EVENTS LOST` to /out/WHAT; `-`: the tool does not tell.
set -euo pipefail
peers=$1 traffic=$2 rounds=$3 what=$4
shift 4
# shellcheck source-path=SCRIPTDIR source=tools.sh
. "$(dirname "$0")/tools.sh"

port=5000
udp_seconds=2 pings=400 mebibytes=4

make_network() {
  ip netns add a && ip netns add b
  ip link add veth-a netns a type veth peer name veth-b netns b
  ip -n a address add 10.9.0.1/24 dev veth-a && ip -n a link set veth-a up
  ip -n b address add 10.9.0.2/24 dev veth-b && ip -n b link set veth-b up
  ip netns exec b "$traffic" receive udp $port &
  ip netns exec b "$traffic" receive tcp $port &
  ip netns exec a ping -c 2 -q 10.9.0.2 >/dev/null
}

# Sets $figures.
measure() {
  local udp tcp ms
  udp=$(ip netns exec a "$traffic" udp $udp_seconds 10.9.0.2 $port)
  tcp=$(ip netns exec a "$traffic" tcp $mebibytes 10.9.0.2 $port)
  # "time 1234ms": both ways there is a packet for each.
  ms=$(ip netns exec a ping -f -q -c $pings 10.9.0.2 | sed -n 's/.*time \([0-9]*\)ms/\1/p')
  figures="$udp $((2 * pings * 1000 / (ms > 0 ? ms : 1))) $tcp"
}

# What a tool said of its events, when it has ended: how many it showed, and how many it lost.
events_of() {
  case $1 in
    ipftrace*) sed -n 's/.* \([0-9]*\) hops, \([0-9]*\) lost .*/\1 \2/p' "$errors" | tail -n 1 ;;
    pwru) echo "$(($(wc -l <"$output") - 1)) -" ;;
    bpftrace) echo "$(grep -c '^[0-9a-f]* [a-z]' "$output") $(lost_of_bpftrace)" ;;
  esac
}

lost_of_bpftrace() {
  cat "$output" "$errors" | sed -n 's/.*Lost \([0-9]*\) events.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }'
}

load_modules
make_network
for ((round = 1; round <= rounds; round++)); do
  for filter in none all; do
    for tool in - "$@"; do
      [ "$tool" = - ] || start_tool "$tool" "$what" "$filter"
      measure
      if [ "$tool" = - ]; then
        events='0 0'
      else
        stop_tool
        events=$(events_of "$tool")
      fi
      echo "$tool $filter $figures ${events:-- -}" | tee -a "/out/$what"
    done
  done
done
