#!/usr/bin/env bash
# Runs in the virtual machine: kills a server with -9 at any moment of attaching, tracing and detaching, and
# leaves in /out what it left in the kernel (kill.test.ts judges). The server is the one that a run of the command
# line starts in its own process: one start a round, of 5 s and more here. Each runs in a process namespace of its
# own, as in a container, where all have the same process number.
#
#   kill.sh ROUNDS
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=scenario-lib.sh
. test/vm/scenario-lib.sh
phases=(attaches traces detaches)
events=/sys/kernel/tracing/kprobe_events

in_container() { start "$1" unshare --pid --fork --mount-proc --kill-child "${ipftrace[@]}" -iv 4 generic; }

# Tenths of a second, up to so many.
random_pause() {
	local tenths=$((RANDOM % $1))
	sleep "$((tenths / 10)).$((tenths % 10))"
}

# NAME SIGNAL: to the command line itself, not to unshare.
signal() {
	local child
	child=$(pgrep -P "${pids[$1]}") && kill "-$2" "$child"
}

# What is in the kernel, by kind: programs, maps, links.
left() {
	bpftool prog show | grep -cE 'name (slot_|end_|kprobe_)' || true
	bpftool map show | grep -cE 'name (ring|tracked|counters|interfaces) ' || true
	bpftool link show | grep -c '^[0-9]*:' || true
}

# Waits until nothing is left, 30 s at most; prints what is.
settled() {
	local i now=
	for ((i = 0; i < 60; i++)); do
		now=$(left | paste -sd' ')
		[ "$now" = "0 0 0" ] && break
		sleep 0.5
	done
	echo "$now"
}

# NUMBER PHASE
round() {
	local name=round-$1
	in_container "$name"
	case $2 in
	attaches) await "$name" "$out/$name.err" . && random_pause 30 ;;
	traces) ready "$name" && left | paste -sd' ' >"$out/while-tracing" && random_pause 10 ;;
	detaches) ready "$name" && signal "$name" INT && random_pause 20 ;;
	esac
	signal "$name" KILL || true
	wait "${pids[$name]}" || true
	echo "$2: $(settled)" >>"$out/left"
}

: >"$out/left"
for ((n = 0; n < $1; n++)); do round "$n" "${phases[n % 3]}"; done

# Of one process number, and both alive: neither may take the other's probes for what a killed one left.
in_container beside
ready beside
group=$({ grep -o 'ipftrace_[^/]*' "$events" || true; } | sort -u)
probes_of_it() { grep -c "${group:-none}/" "$events" || true; }
probes_of_it >"$out/beside-before"
in_container last
ready last
probes_of_it >"$out/beside-after"
ping -q -c 2 -i 0.3 127.0.0.1 >"$out/ping" || true
sleep 2
signal last INT
wait "${pids[last]}" || echo "$?" >"$out/last.status"
signal beside INT
wait "${pids[beside]}" || echo "$?" >"$out/last.status"
find /sys/kernel/tracing/events -maxdepth 1 -name 'ipftrace_*' | wc -l >"$out/events-at-end"
