#!/usr/bin/env bash
# run-guest.sh PROGRAM PLAN: runs guest.js in the virtual machine until it is done, which is
# before it has ended where it leaves a trace running: to detach that would take minutes, and
# the machine is powered off anyway.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../.."

node "$1" "$2" /out &
guest=$!
until [ -e /out/done ] || ! kill -0 "$guest" 2>/dev/null; do sleep 0.2; done
[ -e /out/done ] || wait "$guest"
