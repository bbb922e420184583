#!/usr/bin/env bash
# Flows that change under way: a router with DNAT and SNAT, and an IPIP tunnel through it.
# Runs in the virtual machine, like scenario.sh; checked by functions.test.ts.
#
#   client 10.0.1.10 ── 10.0.1.1 router 10.0.2.1 ── 10.0.2.20 server
#   client 10.9.9.1 ════════ IPIP 10.0.1.10 - 10.0.2.20 ════════ 10.9.9.2 server
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=scenario-lib.sh
. test/vm/scenario-lib.sh

make_router() {
	for name in client router server; do
		ip netns add "$name"
		ip -n "$name" link set lo up
	done
	ip link add c0 netns client type veth peer name r0 netns router
	ip link add s0 netns server type veth peer name r1 netns router
	up client c0 10.0.1.10/24
	up router r0 10.0.1.1/24
	up router r1 10.0.2.1/24
	up server s0 10.0.2.20/24
	ip -n client route add default via 10.0.1.1
	ip -n server route add default via 10.0.2.1
	ip netns exec router sysctl -qw net.ipv4.ip_forward=1
	ip netns exec router nft -f - <<-NAT
		table ip nat {
			chain pre {
				type nat hook prerouting priority -100;
				ip daddr 10.0.1.1 tcp dport 8080 dnat to 10.0.2.20:80
			}
			chain post {
				type nat hook postrouting priority 100;
				oifname "r1" ip protocol tcp masquerade
			}
		}
	NAT
}

# NAMESPACE INTERFACE ADDRESS
up() {
	ip -n "$1" address add "$3" dev "$2"
	ip -n "$1" link set "$2" up
}

make_tunnel() {
	ip -n client link add tun0 type ipip local 10.0.1.10 remote 10.0.2.20
	up client tun0 10.9.9.1/24
	ip -n server link add tun0 type ipip local 10.0.2.20 remote 10.0.1.10
	up server tun0 10.9.9.2/24
}

make_router
make_tunnel
start nat "${ipftrace[@]}" -iv 4 -d4 10.0.1.1 -dp 8080 generic
start tunnel "${ipftrace[@]}" -iv 4 -l4 ICMP -s4 10.9.9.1 generic
ready nat
ready tunnel
echo hello | connection client server 10.0.1.1 8080 10.0.2.20 80
ip netns exec client ping -q -c 1 -W 10 10.9.9.2 >/dev/null
sleep 3
finish nat
finish tunnel
