#!/usr/bin/env bash
# start.sh PEERS WARM ROUNDS WHAT TOOL…: how long tools take to begin and to end, in turn, after WARM rounds that
# do not count: there programs and libraries are read from the host. Writes lines `TOOL WHAT START_MS STOP_MS LEFT`
# to /out/WHAT; LEFT is how many functions are still traced then.
set -euo pipefail
peers=$1 warm=$2 rounds=$3 what=$4
shift 4
# shellcheck source-path=SCRIPTDIR source=tools.sh
. "$(dirname "$0")/tools.sh"

load_modules
for ((round = 1 - warm; round <= rounds; round++)); do
  for tool in "$@"; do
    start_tool "$tool" "$what" none
    start_ms=$took_ms
    read -rt 0.3 <>/tmp/never || true
    stop_tool
    [ "$round" -lt 1 ] || echo "$tool $what $start_ms $took_ms $(probes_left)" >>"/out/$what"
  done
done
