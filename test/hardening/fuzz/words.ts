/** Texts that fields are filled with: such as reach far into the server, and such as nobody should send. */
import type { Random } from "./random.js";

/** What is sensible in a field, by a part of its name. */
const sensible: readonly (readonly [RegExp, readonly string[]])[] = [
  [/manifest_name/, ["generic", "all", "drops", "tcp", "ingress", "no-such", "../../etc/passwd"]],
  [/module_names/, ["gso", "mark", "ct", "sock", "no-such", "../gso", "/etc/passwd"]],
  [
    /pcap/,
    [
      "tcp port 80",
      "udp",
      "ip6",
      "host 10.0.0.1 and not port 9",
      "tcp[tcpflags] & tcp-syn != 0",
      "(",
      "ether[0] & 1 = 0 and ".repeat(60),
    ],
  ],
  [
    /where|match|read|alternatives/,
    [
      "skb->len",
      "skb->len > 100 && skb->mark == 1",
      "skb->dev->name",
      "skb_shinfo(skb)->gso_size",
      "!!!!!!!!skb",
      "((((skb->len))))",
      "skb->len + 0xffffffffffffffff",
      "1 / 0",
    ],
  ],
  [/regex/, ["^ip_", "(a+)+$", "tcp|udp", "[", "(?<x>y)", "\\pL+", "a{1000}{1000}", "(?i)SKB"]],
  [/ipv4/, ["10.0.1.10", "10.0.0.0/8", "0.0.0.0/0", "256.1.1.1", "10.0.0.1/33", "1.2.3"]],
  [/ipv6/, ["fc00::1", "fc00::/7", "::", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8:9", "fe80::1%lo"]],
  [/interface|dev/, ["lo", "eth0", "a-name-that-is-too-long", "x/y"]],
  [
    /netns|^name$/,
    ["gso", "net", "ip_rcv", "tracepoint:net_dev_queue", "kfree_skb", "../../proc/self/ns/net", "self", "s1"],
  ],
  [/drop_reasons/, ["NO_SOCKET", "skb_drop_reason_tcp_csum", "NO_SOCKE", "NOT_SPECIFIED"]],
  [
    /functions|group/,
    ["ip_rcv", "tracepoint:net_dev_queue", "tracepoint:netif_receive_skb", "int ip_rcv(struct sk_buff *skb)"],
  ],
  [/names_from/, ["SKB_GSO_*", "pkt_type", "*", "tcp_ca_state"]],
  [/token/, ["0", "10", "999999999", "99999999999", "-1", "0x10", "s1:1"]],
  [/session/, ["s1", "s2", "s3"]],
];

/** What nobody should send. */
const hostile: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "%s%n%x",
  "../..",
  "'; drop",
  "\ud800",
  "\u202e\u0007\u001b[31m",
  "é".repeat(300),
  "x😀".repeat(300),
  "😀".repeat(300),
  "a".repeat(513),
  "(".repeat(2000),
  "!".repeat(4000),
  "1+".repeat(2000),
  "9".repeat(400),
  "-1",
  "1e309",
  "NaN",
];

/** A text for the field of this name. */
export function wordFor(field: string, random: Random): string {
  const fitting = sensible.filter(([names]) => names.test(field)).flatMap(([, words]) => words);
  if (fitting.length > 0 && random.chance(0.8)) return random.pick(fitting);
  return random.pick(hostile);
}
