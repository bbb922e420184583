#!/usr/bin/env bash
# Packets that come from other packets: TCP segments that the stack cuts itself, and a ping
# of 4,000 bytes in fragments, put together at the other end. Runs in the virtual machine
# after scenario.sh, whose two namespaces it uses; checked by functions.test.ts.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=scenario-lib.sh
. test/vm/scenario-lib.sh

# GSO without TSO: large packets go down the stack and are cut up before the device.
ip netns exec left ethtool -K v0 tso off gso on
start segments "${ipftrace[@]}" -o jsonl -iv 4 -dp 8181 -s4 10.0.1.10 --one-way generic
start fragments "${ipftrace[@]}" -o jsonl -iv 4 -l4 ICMP -s4 10.0.1.10 --one-way generic
await segments "$out/segments.err" 'Trace ready!'
await fragments "$out/fragments.err" 'Trace ready!'
head -c 30000 /dev/zero | connection left right 10.0.1.11 8181
ip netns exec left ping -q -c 1 -s 4000 -W 10 10.0.1.11 >/dev/null
sleep 3
finish segments
finish fragments
