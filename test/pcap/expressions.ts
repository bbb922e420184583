/** Filter expressions: those of pcap-filter(7), and generated ones. */
import fc from "fast-check";
import { pools } from "./packets.js";

/**
 * The examples of pcap-filter(7), and one for each of its primitives that Ethernet has; names of
 * hosts, networks and ports replaced by numbers, as none of them is known here. Left out is what
 * libpcap refuses on Ethernet, and what ipftrace refuses: protochain, inbound, outbound, ifindex.
 */
export const manualExpressions = `
host 10.0.0.1
host 10.0.0.1 and (10.0.0.2 or 10.0.1.10)
ip host 10.0.0.1 and not 10.0.0.2
net 10.0.0.0/24
net 10.0
net 128.3
port 21 or 20
ip and not net 10.0.0.0/24
tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src and dst net 10.0.0.0/8
tcp[tcpflags] & (tcp-rst|tcp-ack) == (tcp-rst|tcp-ack)
tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)
ether host 02:00:00:00:00:01 and ip[2:2] > 57
ether[0] & 1 = 0 and ip[16] >= 224
icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply
icmp6[icmp6type] != icmp6-echo and icmp6[icmp6type] != icmp6-echoreply
src 10.0.0.1
dst net 10.0.0.0/8
src or dst port 21
ether src 02:00:00:00:00:01
arp net 10.0.0.0/8
tcp port 21
udp portrange 4000-7009
portrange 1024-8080
dst host 10.0.0.1
src host 10.0.0.1
host fc00::1
src host fc00::1
dst net fc00::/16
ip6 net 2001:db8::/32
ip host 10.0.0.1
arp host 10.0.0.1
rarp host 10.0.0.1
ether dst ff:ff:ff:ff:ff:ff
ether src 02:00:00:00:00:02
ether host 01:00:5e:00:00:05
dst net 10.0.1
src net 192.168.7.0 mask 255.255.255.0
net fc00::/7
dst port 53
src port 443
port 80
dst portrange 1-1023
src portrange 1024-65535
portrange 6000-6100
tcp src port 80
less 60
greater 100
len = 74
len > 60 and len < 120
ip proto 17
ip proto \\icmp
ip6 proto 58
ip6 proto \\tcp
proto \\udp
proto 132
tcp
udp
icmp
icmp6
sctp
ah
esp
pim
igmp
igrp
vrrp
carp
ether broadcast
ether multicast
broadcast
multicast
ip multicast
ip6 multicast
ether proto \\ip
ether proto \\ip6
ether proto \\arp
ether proto \\rarp
ether proto 0x8863
ether proto 0x800
ether proto \\stp
ether proto \\iso
ether proto \\netbeui
ether proto \\ipx
ether proto \\aarp
ether proto \\atalk
ether proto \\decnet
ether proto \\lat
ether proto \\loopback
ip
ip6
arp
rarp
atalk
aarp
decnet
iso
stp
ipx
netbeui
lat
moprc
mopdl
vlan
vlan 10
vlan 100 && vlan 200
vlan && vlan 200 && ip
vlan 10 and udp
not vlan
icmp or (vlan and icmp)
mpls
mpls 100000
mpls 100000 && mpls 1024
mpls && mpls 1024 && host 10.0.0.1
pppoed
pppoes
pppoes 0x27
pppoes 0x27 && ip
geneve
geneve 0xb
geneve 0xb && ip
geneve && tcp
iso proto \\esis
clnp
esis
isis
l1
l2
iih
lsp
snp
csnp
psnp
ether[0] & 1 != 0
ip[0] & 0xf != 5
ip[6:2] & 0x1fff = 0
ip[6] & 0x20 != 0
tcp[0] = 0
tcp[2:2] = 80
tcp[13] = 2
tcp[13] & 2 != 0
tcp[tcpflags] & tcp-push != 0
tcp[tcpflags] & (tcp-ece|tcp-cwr) != 0
udp[4:2] > 20
icmp[icmpcode] = 0
icmp[icmptype] = icmp-unreach
icmp6[icmp6type] = icmp6-neighborsolicit
icmp6[icmp6code] = 0
ip6[6] = 17
ip6[40:2] = 80
ip6[0:4] & 0xfffff != 0
arp[6:2] = 1
rarp[7] = 3
sctp[0:2] = 80
igmp[0] > 3
pim[0] & 1 = 1
vrrp[1] > 3
carp[0] != 1
ether[12:2] > 0x5ff
ether[6:4] = 0x02000000
ether[60:4] != 0
ether[61:4] != 0
ether[62:2] = 0
ether[63] > 7
ether[64:2] > 9
ether[100:4] > 0x7fffffff
ether[len - 1] > 100
ether[len - 4:4] != 0
ether[ether[13]] < 50
ip[ip[0] & 0x3f:2] > 0x1234
tcp[(tcp[12] >> 4) * 4 : 4] != 0
ether[12:2] / 256 = 8
ether[20] / ether[21] = 2
ether[20] % 7 = 3
ether[20] % ether[22] = 1
ether[14:4] * 3 > 0x10000000
(ether[14:4] ^ ether[18:4]) & 1 = 1
(ether[14:4] | ether[18:4]) != 0xffffffff
ether[14:4] << 3 > ether[18:4] >> 2
ether[14] << ether[15] != 0
ether[14:4] >> (ether[15] & 0x3f) = 0
-ether[14] = 4294967232
-(len) < 0xffffff00
len - 34 = ip[2:2] - 20
(ether[14:4] + ether[18:4]) - (ether[22:4] * ether[26:4]) > (ether[30:4] | (ether[10:4] & ether[6:4]))
ether[0:4] + (ether[4:4] + (ether[8:4] + (ether[12:4] + (ether[16:4] + (ether[20:4] + ether[24:4]))))) > 7
1 = 1
0xffffffff > 0x7fffffff
not tcp
not (tcp or udp)
not host 10.0.0.1
tcp or udp and port 80
(tcp or udp) and port 80
tcp and not port 80 and not host 10.0.0.1
host 10.0.0.1 and host 10.0.0.2
src host 10.0.0.1 and dst host 10.0.0.2
host 10.0.0.1 or fc00::1
tcp dst port 443 or udp dst port 53 or sctp dst port 80
src net 10.0.0.0/8 and dst net 192.168.0.0/16
`
  .trim()
  .split("\n");

const address = fc.oneof(fc.constantFrom(...pools.ipv4), fc.constantFrom(...pools.ipv6));
const direction = fc.constantFrom("", "", "src ", "dst ", "src or dst ", "src and dst ");
const port = fc.oneof(fc.constantFrom(...pools.ports), fc.nat(65_535));
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x0f, 0xff, 0x800, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.nat(0xffff_ffff),
);

const primitive = fc.oneof(
  fc.constantFrom("ip", "ip6", "arp", "tcp", "udp", "icmp", "icmp6", "sctp", "esp", "multicast", "ether broadcast"),
  fc.tuple(direction, address).map(([side, host]) => `${side}host ${host}`),
  fc
    .tuple(direction, fc.constantFrom(...pools.ipv4), fc.integer({ min: 1, max: 32 }))
    .map(([side, host, bits]) => `${side}net ${network(host, bits)}/${bits}`),
  fc
    .tuple(fc.constantFrom("", "tcp ", "udp ", "sctp "), direction, port)
    .map(([protocol, side, value]) => `${protocol}${side}port ${value}`),
  fc
    .tuple(fc.constantFrom("", "tcp ", "udp "), direction, port, fc.nat(9000))
    .map(([protocol, side, low, more]) => `${protocol}${side}portrange ${low}-${Math.min(65_535, low + more)}`),
  fc
    .tuple(fc.constantFrom("src", "dst", "host"), fc.constantFrom(...pools.macs))
    .map(([side, mac]) => `ether ${side} ${mac}`),
  fc.tuple(fc.constantFrom("less", "greater"), fc.nat(200)).map(([word, bytes]) => `${word} ${bytes}`),
  fc.nat(255).map((protocol) => `ip proto ${protocol}`),
  fc.constantFrom(0x0800, 0x0806, 0x86dd, 0x8847).map((type) => `ether proto ${type}`),
);

const accessor = fc
  .tuple(
    fc.constantFrom("ether", "ether", "ip", "ip6", "tcp", "udp", "icmp", "sctp", "arp"),
    fc.nat(80),
    fc.constantFrom("", ":1", ":2", ":4"),
  )
  .map(([protocol, offset, size]) => `${protocol}[${offset}${size}]`);

const { arithmetic } = fc.letrec<{ arithmetic: string }>((tie) => ({
  arithmetic: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    fc.oneof(accessor, fc.constant("len"), number.map(String)),
    fc
      .tuple(tie("arithmetic"), fc.constantFrom("+", "-", "*", "&", "|", "^"), tie("arithmetic"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc
      .tuple(
        accessor,
        fc.constantFrom("/", "%", "<<", ">>"),
        fc.oneof(accessor, fc.integer({ min: 1, max: 31 }).map(String)),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("arithmetic").map((index) => `ether[${index} & 0x7f]`),
    tie("arithmetic").map((index) => `ether[${index}:2]`),
  ),
}));

const comparison = fc
  .tuple(arithmetic, fc.constantFrom("=", "!=", "<", ">", "<=", ">="), arithmetic)
  .map(([left, operator, right]) => `${left} ${operator} ${right}`);

/** Expressions from pcap-filter(7)'s grammar; libpcap refuses some of them for what they mean. */
export const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: "medium", withCrossShrink: true },
    fc.oneof(primitive, primitive, comparison),
    fc
      .tuple(tie("expression"), fc.constantFrom("and", "or"), tie("expression"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("expression").map((inner) => `not (${inner})`),
  ),
}));

function network(address: string, bits: number): string {
  const value = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const masked = Math.floor(value / 2 ** (32 - bits)) * 2 ** (32 - bits);
  return [24, 16, 8, 0].map((shift) => Math.floor(masked / 2 ** shift) % 256).join(".");
}
