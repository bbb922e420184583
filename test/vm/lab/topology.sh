#!/usr/bin/env bash
# The network of the lab's scenarios, made once in a virtual machine. Loading modules and
# starting programs is slow there: one modprobe, few ip -batch.
#
#   client c0 10.1.1.10 ── r0 10.1.1.1 router r1 10.1.2.1 ── s0 10.1.2.20 server
#          fc01:1::10      fc01:1::1          fc01:2::1      fc01:2::20
#          tunnels from client to server: VXLAN 10.9.1.1 - .2, GRE 10.9.2.1 - .2, IPIP 10.9.3.1 - .2
#   client c1 10.1.4.10 ── r2 10.1.4.1, in router's VRF blue
#   client c2 10.1.5.10 ── s2 10.1.5.20 server, which has an XDP program there
#   host0 … host3 h 10.1.3.10 … 13, fc01:3::10 … 13 ── p0 … p3 of the bridge br0 in switch
#          host0, host1 VLAN 7: 10.1.7.10, 10.1.7.11
#   wire0 w 10.1.6.10 ── w 10.1.6.11 wire1
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

namespaces=(client router server switch host0 host1 host2 host3 wire0 wire1)
modules=(veth bridge 8021q vrf vxlan ip_gre ipip nf_tables nft_ct nft_nat nft_chain_nat nft_masq nft_reject_inet sch_netem
	sch_ingress cls_bpf nf_conntrack_netlink)
# Open vSwitch has drop reasons since Linux 6.7. Before, it would only put fragments together as soon as they come in, in
# every namespace.
case $(uname -r) in
	5.* | 6.[0-6].*) ;;
	*) modules+=(openvswitch) ;;
esac

# NAMESPACE: runs ip commands from standard input there.
batch() { ip -n "$1" -batch -; }

cables() {
	ip -batch - <<-CABLES
		link add c0 netns client type veth peer name r0 netns router
		link add s0 netns server type veth peer name r1 netns router
		link add c1 netns client type veth peer name r2 netns router
		link add c2 netns client type veth peer name s2 netns server
		link add w netns wire0 type veth peer name w netns wire1
		link add name eth netns host0 type veth peer name p0 netns switch
		link add name eth netns host1 type veth peer name p1 netns switch
		link add name eth netns host2 type veth peer name p2 netns switch
		link add name eth netns host3 type veth peer name p3 netns switch
	CABLES
}

# IPv6 addresses without duplicate address detection can be used at once. Tunnels have no IPv6, and know each other:
# what they would send by themselves is a packet of their end points, too, which scenarios ask for.
# NAMESPACE ITS_NUMBER THE_OTHER_NUMBER
tunnels_up() {
	local disable
	disable=$(printf 'net.ipv6.conf.%s.disable_ipv6=1 ' vxlan1 gre1 ipip1)
	# shellcheck disable=SC2086 # several settings
	ip netns exec "$1" sysctl -qw $disable
	batch "$1" <<-TUNNELS
		link set vxlan1 address 02:00:00:00:09:0$2
		link set vxlan1 up
		link set gre1 up
		link set ipip1 up
		neighbour add 10.9.1.$3 lladdr 02:00:00:00:09:0$3 dev vxlan1 nud permanent
	TUNNELS
}

client() {
	batch client <<-CLIENT
		link set lo up
		address add 10.1.1.10/24 dev c0
		address add fc01:1::10/64 dev c0 nodad
		address add 10.1.4.10/24 dev c1
		address add 10.1.5.10/24 dev c2
		link set c0 up
		link set c1 up
		link set c2 up
		route add default via 10.1.1.1
		route add default via fc01:1::1
		link add vxlan1 type vxlan id 42 local 10.1.1.10 remote 10.1.2.20 dstport 4789 dev c0
		link add gre1 type gre local 10.1.1.10 remote 10.1.2.20
		link add ipip1 type ipip local 10.1.1.10 remote 10.1.2.20
		address add 10.9.1.1/24 dev vxlan1
		address add 10.9.2.1/24 dev gre1
		address add 10.9.3.1/24 dev ipip1
	CLIENT
	tunnels_up client 1 2
}

server() {
	batch server <<-SERVER
		link set lo up
		address add 10.1.2.20/24 dev s0
		address add fc01:2::20/64 dev s0 nodad
		address add 10.1.5.20/24 dev s2
		link set s0 up
		link set s2 up
		route add default via 10.1.2.1
		route add default via fc01:2::1
		link add vxlan1 type vxlan id 42 local 10.1.2.20 remote 10.1.1.10 dstport 4789 dev s0
		link add gre1 type gre local 10.1.2.20 remote 10.1.1.10
		link add ipip1 type ipip local 10.1.2.20 remote 10.1.1.10
		address add 10.9.1.2/24 dev vxlan1
		address add 10.9.2.2/24 dev gre1
		address add 10.9.3.2/24 dev ipip1
	SERVER
	tunnels_up server 2 1
}

router() {
	batch router <<-ROUTER
		link set lo up
		link add blue type vrf table 10
		link set blue up
		link set r2 master blue
		address add 10.1.1.1/24 dev r0
		address add fc01:1::1/64 dev r0 nodad
		address add 10.1.2.1/24 dev r1
		address add fc01:2::1/64 dev r1 nodad
		address add 10.1.4.1/24 dev r2
		link set r0 up
		link set r1 up
		link set r2 up
	ROUTER
	ip netns exec router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip netns exec router nft -f router.nft
}

# NUMBER…: the hosts at the bridge.
hosts() {
	local n
	batch switch <<-SWITCH
		link add br0 type bridge forward_delay 0
		link set br0 up
		$(for n in "$@"; do printf 'link set p%s master br0 up\n' "$n"; done)
	SWITCH
	for n in "$@"; do
		batch "host$n" <<-HOST
			link set lo up
			address add 10.1.3.1$n/24 dev eth
			address add fc01:3::1$n/64 dev eth nodad
			link set eth up
			link add link eth name eth.7 type vlan id 7
			address add 10.1.7.1$n/24 dev eth.7
			link set eth.7 up
		HOST
	done
}

wire() {
	local n
	for n in 0 1; do
		batch "wire$n" <<-WIRE
			link set lo up
			address add 10.1.6.1$n/24 dev w
			link set w up
			route change 10.1.6.0/24 dev w src 10.1.6.1$n rto_min 10s
		WIRE
		# Nothing is lost here: what is slow must not be sent again.
		ip netns exec "wire$n" sysctl -qw net.ipv4.tcp_early_retrans=0
	done
}

modprobe -a "${modules[@]}"
printf 'netns add %s\n' "${namespaces[@]}" | ip -batch -
cables
client
router
server
hosts 0 1 2 3
wire
# The first packets would wait for their neighbours and for the bridge to learn.
for target in 10.1.2.20 10.1.4.1 10.1.5.20 10.9.1.2 fc01:2::20; do
	ip netns exec client ping -q -c 1 -W 10 "$target" >/dev/null &
	waits+=($!)
done
for n in 1 2 3; do
	ip netns exec host0 ping -q -c 1 -W 10 "10.1.3.1$n" >/dev/null &
	waits+=($!)
done
ip netns exec host0 ping -q -c 1 -W 10 10.1.7.11 >/dev/null &
waits+=($!)
ip netns exec wire0 ping -q -c 1 -W 10 10.1.6.11 >/dev/null &
waits+=($!)
wait "${waits[@]}"
