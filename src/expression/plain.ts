/**
 * Which expressions tell of a packet what everybody may know who may trace it.
 *
 * Problem: with casts, indexes and members that hold addresses as numbers (skb->_skb_refdst) an expression
 *          reads whatever it likes of the kernel's memory, and a condition tells it bit by bit.
 * Choice:  a list of what may be read, rather than of what may not: numbers, names and addresses of headers.
 */
import type { Node } from "./syntax.js";

const words = (text: string): readonly string[] => text.split(" ");

/** What may be read, by the path before it. */
const plain: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    skb: words(
      "len data_len mac_len hdr_len truesize pkt_type protocol mark priority secmark hash l4_hash sw_hash skb_iif queue_mapping vlan_tci vlan_proto vlan_present ip_summed csum csum_start csum_offset csum_level csum_valid encapsulation cloned tstamp",
    ),
    "skb->dev": words("name ifindex mtu type flags operstate"),
    "skb->dev->nd_net.net->ns": words("inum"),
    "skb->dev->qdisc": words("handle"),
    "skb->dev->qdisc->ops": words("id"),
    "skb->dev->qdisc->q": words("qlen"),
    "skb->dev->qdisc->qstats": words("backlog"),
    "skb->sk": words("sk_mark sk_priority sk_protocol sk_type sk_rcvbuf sk_sndbuf"),
    "skb->sk->__sk_common": words("skc_family skc_state skc_num skc_dport skc_daddr skc_rcv_saddr"),
    "skb->sk->__sk_common.skc_net.net->ns": words("inum"),
    "skb_shinfo(skb)": words("gso_size gso_segs gso_type nr_frags"),
    "eth_hdr(skb)": words("h_proto h_source h_dest"),
    "ip_hdr(skb)": words("version ihl tos tot_len id frag_off ttl protocol check saddr daddr"),
    "ipv6_hdr(skb)": words("version payload_len nexthdr hop_limit saddr daddr"),
    "tcp_hdr(skb)": words("source dest seq ack_seq window check doff fin syn rst psh ack urg ece cwr urg_ptr"),
    "udp_hdr(skb)": words("source dest len check"),
    "icmp_hdr(skb)": words("type code checksum"),
    "icmp_hdr(skb)->un.echo": words("id sequence"),
  }).map(([path, names]) => [path, new Set(names)]),
);
const swaps: ReadonlySet<string> = new Set(["ntohs", "htons", "ntohl", "htonl"]);

/** The first part of an expression that is not plain; undefined where all of it is. */
export function notPlain(node: Node): Node | undefined {
  switch (node.kind) {
    case "number":
    case "string":
      return undefined;
    case "name":
      return node.name === "skb" ? node : undefined;
    case "member":
      return plain.get(pathOf(node.of) ?? "")?.has(node.name) ? undefined : node;
    case "call":
      return swaps.has(node.name) ? notPlain(node.operand) : node;
    case "unary":
      return notPlain(node.of);
    case "binary":
      return notPlain(node.left) ?? notPlain(node.right);
    case "choice":
      return notPlain(node.condition) ?? notPlain(node.yes) ?? notPlain(node.no);
    case "index":
    case "cast":
      return node;
  }
}

/** A path as the list writes it; undefined for anything else. */
function pathOf(node: Node): string | undefined {
  if (node.kind === "name") return node.name;
  if (node.kind === "call") {
    const operand = pathOf(node.operand);
    return operand === undefined ? undefined : `${node.name}(${operand})`;
  }
  if (node.kind !== "member") return undefined;
  const of = pathOf(node.of);
  return of === undefined ? undefined : `${of}${node.arrow ? "->" : "."}${node.name}`;
}
