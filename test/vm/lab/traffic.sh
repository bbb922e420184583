# shellcheck shell=bash
# What the scenarios send, by short names; sourced in the virtual machine.

# NAMESPACE COMMAND…
in_ns() { ip netns exec "$@"; }

# NAMESPACE ADDRESS [OPTION…]: one ping.
ping_once() {
	local namespace=$1 address=$2
	shift 2
	in_ns "$namespace" ping -q -c 1 -W 10 "$@" "$address"
}

# NAMESPACE ADDRESS PORT [BYTES]: one UDP datagram. Bash does it without starting a program.
datagram() {
	in_ns "$1" bash -c "printf '%0${4:-10}d' 0 >/dev/udp/$2/$3"
}

# NAMESPACE SOCAT_ADDRESS COMMAND…: waits until something listens there, at most 10 s.
listening() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -z "$(in_ns "$1" ss -Hln "sport = :$2")" ] || return 0
		sleep 0.1
	done
	echo "nothing listens on port $2 in $1" >&2
	return 1
}

# NAMESPACE DEVICE PACKETS: waits until the device's queue has passed on so many, at most 30 s.
queue_passed() {
	local i sent
	for ((i = 0; i < 300; i++)); do
		sent=$(in_ns "$1" tc -s qdisc show dev "$2" | sed -nE 's/.* bytes ([0-9]+) pkt .*/\1/p')
		((sent < $3)) || return 0
		sleep 0.1
	done
	echo "the queue of $2 has passed on $sent packets, not $3" >&2
	return 1
}

# CLIENT SERVER ADDRESS PORT BYTES [LISTEN_PORT]: a TCP connection that carries so many bytes;
# it is accepted at another port where NAT sends it there.
tcp_bytes() {
	local listener
	in_ns "$2" timeout 30 socat -u "TCP-LISTEN:${6:-$4}" OPEN:/dev/null &
	listener=$!
	listening "$2" "${6:-$4}"
	in_ns "$1" timeout 30 socat -u "OPEN:/dev/zero,readbytes=$5" "TCP:$3:$4"
	wait "$listener"
}

# NAMESPACE DEVICE: captures what passes it, as test/helpers/capture.c says, until it is `captured`.
capture() {
	rm -f /tmp/captured
	ip netns exec "$1" dist/lab/capture "$2" >/tmp/captured &
	capturing=$!
	until [ -s /tmp/captured ] || ! kill -0 "$capturing"; do sleep 0.05; done
}

# Prints what was captured.
captured() {
	kill "$capturing"
	wait "$capturing"
	cat /tmp/captured
}

# NAMESPACE…: prints the inode numbers of network namespaces: "netns NAME NUMBER".
print_netns() {
	local name
	for name in "$@"; do echo "netns $name $(stat -Lc %i "/run/netns/$name")"; done
}

# NAMESPACE DEVICE: prints "ifindex DEVICE NUMBER".
print_ifindex() { echo "ifindex $2 $(in_ns "$1" cat "/sys/class/net/$2/ifindex")"; }
