/**
 * Kernel functions that scenarios trace: few, because kernels without kprobe-multi take long
 * for each. Those of modules have their position, which kernels without BTF of modules need.
 */
import type { ManifestFunction } from "../../../src/gen/ipftrace/v1/manifest.js";

/** A name, or with the position of the sk_buff argument: "vrf_l3_rcv/2". */
export type FunctionText = string;

/** IPv4, from sending over forwarding to the transport. */
export const IPV4: readonly FunctionText[] = [
  "ip_local_out",
  "ip_output",
  "ip_mc_output",
  "ip_finish_output2",
  "dev_hard_start_xmit",
  "ip_rcv",
  "ip_forward",
  "ip_local_deliver",
  "icmp_rcv",
  "udp_rcv",
  "tcp_v4_rcv",
];

/** The same for IPv6. */
export const IPV6: readonly FunctionText[] = [
  "ip6_output",
  "ip6_finish_output2",
  "dev_hard_start_xmit",
  "ipv6_rcv",
  "ip6_forward",
  "ip6_input",
  "icmpv6_rcv",
  "tcp_v6_rcv",
];

/** What a packet passes in the namespace that sends it, forwards it, receives it. */
export const SENT = ["ip_output", "ip_finish_output2", "dev_hard_start_xmit"];
export const FORWARDED = ["ip_rcv", "ip_forward", ...SENT];
export const RECEIVED = ["ip_rcv", "ip_local_deliver"];

/** The contract's form. */
export function manifestFunction(text: FunctionText): Pick<ManifestFunction, "name" | "skbPosition"> {
  const [name = "", position = "0"] = text.split("/");
  return { name, skbPosition: Number(position) };
}
