#!/usr/bin/env bash
# start.sh PEERS ROUNDS WHAT TOOL…: how long tools take to begin and to end, in turn. Writes lines
# `TOOL WHAT START_MS STOP_MS LEFT` to /out/WHAT; LEFT is how many functions are still traced then.
set -euo pipefail
peers=$1 rounds=$2 what=$3
shift 3
# shellcheck source-path=SCRIPTDIR source=tools.sh
. "$(dirname "$0")/tools.sh"

load_modules
for ((round = 0; round <= rounds; round++)); do
  for tool in "$@"; do
    start_tool "$tool" "$what" none
    start_ms=$took_ms
    read -rt 0.3 <>/tmp/never || true
    stop_tool
    # The first one reads programs and libraries from the host, and warms nothing but that.
    [ "$round" = 0 ] || echo "$tool $what $start_ms $took_ms $(probes_left)" >>"/out/$what"
  done
done
