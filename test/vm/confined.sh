#!/usr/bin/env bash
# Runs in the virtual machine: a server as root, and one as a user who has nothing but ambient capabilities; through
# each one ping is traced. Leaves in /out what they said, and the capabilities of their threads (confined.test.ts judges).
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
main=(node dist/cli/main.js)
nobody=65534
# DAC_OVERRIDE, SYSLOG, PERFMON, BPF: include/uapi/linux/capability.h.
caps=+cap_1,+cap_34,+cap_38,+cap_39

# FILE TEXT: waits for it, 100 s at most.
until_said() {
	local i
	for ((i = 0; i < 200; i++)); do
		grep -q "$2" "$1" 2>/dev/null && return
		sleep 0.5
	done
}

# NAME FOLDER COMMAND...
trace_through() {
	local name=$1 target=unix:$2/s.sock server client
	shift 2
	"$@" serve --listen "$target@operator" 2>"/out/$name.server" &
	server=$!
	until_said "/out/$name.server" '"msg":"serving"'
	"${main[@]}" --server "$target" -iv 4 -l4 ICMP -c 2 icmp >"/out/$name.out" 2>"/out/$name.err" &
	client=$!
	until_said "/out/$name.out" 'Trace ready'
	ping -c 1 -W 5 127.0.0.1 >/dev/null
	wait "$client" || echo "client: $?" >>"/out/$name.err"
	grep -h CapPrm /proc/"$server"/task/*/status | sort -u >"/out/$name.caps"
	kill "$server"
	wait "$server" || echo "server: $?" >>"/out/$name.server"
}

ip link set lo up
# What a service manager does for kernels before 5.11: LimitMEMLOCK=infinity.
ulimit -l unlimited
mkdir -p /run/of-root /run/of-nobody
chown $nobody:$nobody /run/of-nobody
trace_through root /run/of-root "${main[@]}"
# Debian's 3 lets nobody but CAP_SYS_ADMIN open perf events, which kprobes are on kernels without kprobe.multi.
sysctl -qw kernel.perf_event_paranoid=2
trace_through nobody /run/of-nobody setpriv --reuid=$nobody --regid=$nobody --clear-groups \
	--inh-caps=$caps --ambient-caps=$caps "${main[@]}"
