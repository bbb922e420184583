#!/usr/bin/env bash
# Runs in the virtual machine: traces real packets with the built command line and leaves
# what it printed in /out, one NAME.out, NAME.err and NAME.status for each run.
# The assertions are made outside, where JavaScript is 20 times as fast (functions.test.ts).
#
#   scenario.sh smoke   one ping, traced by a server of its own run
#   scenario.sh full    that, and clients of a server over TCP, IPv6, TCP by port, a killed client
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=scenario-lib.sh
. test/vm/scenario-lib.sh
port=50051
server=127.0.0.1:$port

ping4() { ip netns exec left ping -q -c "$1" -i 0.3 -W 10 10.0.1.11 >/dev/null; }
ping6() { ip netns exec left ping -q -c "$1" -i 0.3 -W 10 fc00:1::11 >/dev/null; }

# Descriptors of BPF objects that the server holds, counted.
attached() { find "/proc/${pids[server]}/fd" -lname 'anon_inode:bpf*' | wc -l; }

events() { find /sys/kernel/tracing/events -maxdepth 1 -name 'ipftrace_*' | wc -l; }

# NUMBER COMMAND…: waits until the command counts no more than that, half a minute at most,
# and prints what it counts a second later. A trace whose client vanished goes on for five
# seconds (traces.graceMs), and then the kernel takes its time to let go of the probes.
settled() {
	local i
	for ((i = 0; i < 150; i++)); do
		[ "$("${@:2}")" -gt "$1" ] || break
		sleep 0.2
	done
	sleep 1
	"${@:2}"
}

smoke() {
	start smoke ./ipftrace -iv 4 -l4 ICMP examples/manifests/generic.yaml
	ready smoke
	ping4 2
	sleep 2
	finish smoke
}

full() {
	start server "${ipftrace[@]}" serve --listen "$server" --insecure
	await server "$out/server.err" '"msg":"serving"'
	start icmp "${ipftrace[@]}" --server "$server" -iv 4 -l4 ICMP -s4 10.0.1.10 generic
	start icmp6 "${ipftrace[@]}" --server "$server" -iv=6 -l4 IPv6-ICMP -s6 fc00:1::10 generic
	start port "${ipftrace[@]}" --server "$server" -iv 4 -dp 8080 generic
	ready icmp
	ready icmp6
	ready port
	attached >"$out/attached-with-three"
	start killed "${ipftrace[@]}" --server "$server" generic
	ready killed
	attached >"$out/attached-with-four"
	kill -KILL "${pids[killed]}"
	wait "${pids[killed]}" || true
	ping4 2
	ping6 2
	echo hello | connection left right 10.0.1.11 8080
	echo hello | connection left right 10.0.1.11 9090
	settled "$(cat "$out/attached-with-three")" attached >"$out/attached-after-kill"
	finish icmp
	finish icmp6
	finish port
	settled 0 attached >"$out/attached-at-end"
	settled 0 events >"$out/events-at-end"
	kill -TERM "${pids[server]}"
	local status=0
	wait "${pids[server]}" || status=$?
	echo "$status" >"$out/server.status"
}

make_lab
smoke
[ "${1:-full}" = smoke ] || full
