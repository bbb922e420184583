/**
 * The kernel's own functions from a packet to its headers, as expressions.
 *
 * Problem: skb->network_header is 0 until the receive path has set it, skb->transport_header
 *          points elsewhere for a while, and a header that is not there reads as nonsense.
 * Choice:  the IP header is found as bpf/flow.h finds it; what is behind it is found from its
 *          length and its protocol. A header that the packet does not have is NULL, and so
 *          everything in it is absent.
 * Limits:  a transport header behind IPv6 extension headers is absent, too.
 */

const NETWORK =
  "(skb->network_header ? skb->head + skb->network_header : skb->protocol ? skb->data : (unsigned char *)0)";
const IPV4 = `((struct iphdr *)${NETWORK})`;
const IPV6 = `((struct ipv6hdr *)${NETWORK})`;
/** IP_OFFSET of include/net/ip.h: the bits of frag_off that are not 0 in a later fragment. */
const FRAGMENT_OFFSET = "0x1fff";

/** A header behind IP: behind IPv4 with its options, or directly behind IPv6 (40 bytes). */
function transport(struct: string, protocol: number, protocolV6 = protocol): string {
  const isV4 = `${IPV4}->version == 4 && ${IPV4}->protocol == ${protocol}`;
  const isFirst = `!(ntohs(${IPV4}->frag_off) & ${FRAGMENT_OFFSET})`;
  const isV6 = `${IPV6}->version == 6 && ${IPV6}->nexthdr == ${protocolV6}`;
  const behindV6 = `${isV6} ? ${NETWORK} + 40 : (unsigned char *)0`;
  return `(struct ${struct} *)(${isV4} && ${isFirst} ? ${NETWORK} + ${IPV4}->ihl * 4 : ${behindV6})`;
}

/** Text of each accessor, by name; `skb` stands for what it is given. */
export const accessors: ReadonlyMap<string, string> = new Map([
  ["skb_shinfo", "(struct skb_shared_info *)(skb->head + skb->end)"],
  // 0xffff: not set (skb_mac_header_was_set() of include/linux/skbuff.h).
  ["eth_hdr", "(struct ethhdr *)(skb->mac_header != 0xffff ? skb->head + skb->mac_header : (unsigned char *)0)"],
  ["ip_hdr", `${IPV4}->version == 4 ? ${IPV4} : (struct iphdr *)0`],
  ["ipv6_hdr", `${IPV6}->version == 6 ? ${IPV6} : (struct ipv6hdr *)0`],
  ["tcp_hdr", transport("tcphdr", 6)],
  ["udp_hdr", transport("udphdr", 17)],
  ["icmp_hdr", transport("icmphdr", 1, 58)],
]);

/** Functions that exchange the bytes of an integer between network order and the machine's, by its bits. */
export const byteSwaps: ReadonlyMap<string, 16 | 32 | 64> = new Map([
  ["ntohs", 16],
  ["htons", 16],
  ["ntohl", 32],
  ["htonl", 32],
  ["be16_to_cpu", 16],
  ["cpu_to_be16", 16],
  ["be32_to_cpu", 32],
  ["cpu_to_be32", 32],
  ["be64_to_cpu", 64],
  ["cpu_to_be64", 64],
]);
