import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderListing } from "../../src/manifest/list.js";
import { loadShippedManifest } from "../../src/manifest/shipped.js";
import { parse } from "./helpers.js";

/** The first functions that the original tool listed, in the form with C declarations. */
const firstManifest = `
functions:
  ipv4:
  - {name: ip_local_deliver, args: [struct sk_buff *skb]}
  - {name: ip_rcv, args: [struct sk_buff *skb, struct net_device *dev, struct packet_type *pt, struct net_device *orig_dev]}
  - {name: ip_local_out, args: [struct net *net, struct sock *sk, struct sk_buff *skb]}
  - {name: ip_output, args: [struct net *net, struct sock *sk, struct sk_buff *skb]}
  - {name: ip_forward, args: [struct sk_buff *skb]}
  - {name: ip_route_input_noref, args: [struct sk_buff *skb, __be32 dst, __be32 src, u8 tos, struct net_device *devin]}
  vrf:
  - {name: vrf_l3_rcv, args: [struct net_device *vrf_dev, struct sk_buff *skb, u16 proto]}
  - {name: vrf_l3_out, args: [struct net_device *vrf_dev, struct sock *sk, struct sk_buff *skb, u16 proto]}
  - {name: vrf_output, args: [struct net *net, struct sock *sk, struct sk_buff *skb]}
  - {name: vrf_xmit, args: [struct sk_buff *skb, struct net_device *dev]}
  - {name: vrf_local_xmit, args: [struct sk_buff *skb, struct net_device *dev, struct dst_entry *dst]}
  ipv6:
  - {name: ipv6_rcv, args: [struct sk_buff *skb, struct net_device *dev, struct packet_type *pt, struct net_device *orig_dev]}
  - {name: ip6_input, args: [struct sk_buff *skb]}
`;

describe("renderListing", () => {
  it("prints groups and functions as the original's -l did", () => {
    assert.equal(
      renderListing(parse(firstManifest).manifest),
      `ipv4
  ip_local_deliver
  ip_rcv
  ip_local_out
  ip_output
  ip_forward
  ip_route_input_noref
vrf
  vrf_l3_rcv
  vrf_l3_out
  vrf_output
  vrf_xmit
  vrf_local_xmit
ipv6
  ipv6_rcv
  ip6_input
`,
    );
  });

  it("prints the functions of a plain list one a line", () => {
    assert.equal(renderListing(parse("functions: [ip_rcv, ip_output]").manifest), "ip_rcv\nip_output\n");
  });

  it("prints the 9 groups and 44 functions of generic in the order of the file", () => {
    const lines = renderListing(loadShippedManifest("generic").manifest).split("\n");
    assert.deepEqual(
      lines.filter((line) => line !== "" && !line.startsWith(" ")),
      ["ipv4", "vrf", "ipv6", "lwt", "seg6", "ipip", "ip_tunnel", "gso", "misc"],
    );
    assert.equal(lines.filter((line) => /^ {2}\S+$/.test(line)).length, 44);
    assert.equal(lines.length, 9 + 44 + 1);
  });

  it("prints nothing for nothing", () => assert.equal(renderListing({ name: "", description: "", groups: [] }), ""));
});
