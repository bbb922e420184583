#!/usr/bin/env bash
# What the scenarios share; they run in the virtual machine. Every run NAME of the command
# line leaves /out/NAME.out, NAME.err and NAME.status.
out=/out
# Without the launcher, whose look at what is installed takes two seconds here.
# shellcheck disable=SC2034 # the scenarios use it
ipftrace=(node dist/cli/main.js)

# NAME COMMAND…: starts a command in the background; its process id is in pids[NAME].
declare -A pids
start() {
	local name=$1
	shift
	"$@" >"$out/$name.out" 2>"$out/$name.err" &
	pids[$name]=$!
}

# NAME FILE TEXT: waits until a file says so, two minutes at most.
await() {
	local i
	for ((i = 0; i < 600; i++)); do
		grep -q "$3" "$2" && return 0
		kill -0 "${pids[$1]}" 2>/dev/null || break
		sleep 0.2
	done
	echo "scenario: $1 did not say \"$3\"" >&2
	cat "$out/$1.err" >&2
	exit 1
}

ready() { await "$1" "$out/$1.out" 'Trace ready!'; }

# NAME [SIGNAL]: Ctrl-C, or another signal, and the exit status.
finish() {
	local status=0
	kill "-${2:-INT}" "${pids[$1]}"
	wait "${pids[$1]}" || status=$?
	echo "$status" >"$out/$1.status"
}

# Two namespaces with a cable, as the command line's own lab has them.
make_lab() {
	ip netns add left
	ip netns add right
	ip link add v0 netns left type veth peer name v0 netns right
	address left 10
	address right 11
}

# SIDE NUMBER: gives one end its addresses.
address() {
	ip -n "$1" -batch - <<-LAB
		link set lo up
		address add 10.0.1.$2/24 dev v0
		address add fc00:1::$2/64 dev v0 nodad
		link set v0 up
	LAB
}

# CLIENT SERVER ADDRESS PORT: one TCP connection between two namespaces that carries what
# comes on standard input.
connection() {
	local address=$3 port=$4 listener i
	ip netns exec "$2" timeout 20 socat -u "TCP4-LISTEN:$port,bind=$address" /dev/null &
	listener=$!
	for ((i = 0; i < 100; i++)); do
		ip netns exec "$2" ss -Hltn "sport = :$port" | grep -q . && break
		sleep 0.1
	done
	ip netns exec "$1" timeout 20 socat -u - "TCP4:$address:$port"
	wait "$listener"
}
