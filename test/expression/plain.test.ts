import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "../../src/expression/parse.js";
import { notPlain } from "../../src/expression/plain.js";

describe("what everybody may read", () => {
  for (const text of [
    "skb->len > 1000 && skb->mark & 0xff",
    'skb->dev->name == "lo"',
    "ntohs(tcp_hdr(skb)->dest) == 80 || !udp_hdr(skb)->len",
    "skb->vlan_tci >> 13",
    "skb->dev->nd_net.net->ns.inum",
    "skb->ip_summed == CHECKSUM_PARTIAL ? skb->csum_start : -1",
    "skb_shinfo(skb)->gso_type & SKB_GSO_TCPV4",
    "icmp_hdr(skb)->un.echo.id",
  ]) {
    it(text, () => assert.equal(notPlain(parse(text)), undefined));
  }
});

describe("what may hold an address, the kernel's memory or payload", () => {
  const deep: [text: string, part: string][] = [
    ["skb", "skb"],
    ["skb->head", "skb->head"],
    ["(unsigned long)skb", "(unsigned long)skb"],
    ["skb->len + (skb->data - skb->head)", "skb->data"],
    ["skb->_skb_refdst >> 8 & 0xff", "skb->_skb_refdst"],
    ["skb->dev_scratch > 0xffff888000000000", "skb->dev_scratch"],
    ["skb->dev > 0xffff888000000000", "skb->dev"],
    ["skb->dev->dev.type > 0xffff888000000000", "skb->dev->dev.type"],
    ["((struct iphdr *)0xffff888000000000)->saddr", "((struct iphdr *)0xffff888000000000)->saddr"],
    ["((struct tcphdr *)(skb->data + 40))->seq", "((struct tcphdr *)(skb->data + 40))->seq"],
    ["skb->data[40] == 65", "skb->data[40]"],
    ["skb->dev[1000000].ifindex", "skb->dev[1000000].ifindex"],
    ["(skb->len ? skb->dev : skb->dev)->ifindex", "(skb->len ? skb->dev : skb->dev)->ifindex"],
    ["skb->cb", "skb->cb"],
    ["tcp_hdr(skb)", "tcp_hdr(skb)"],
    ["tcp_hdr(skb_shinfo(skb)->frag_list)->seq", "tcp_hdr(skb_shinfo(skb)->frag_list)->seq"],
    ["!(skb->len || skb->sk)", "skb->sk"],
    ["skb->next->len", "skb->next->len"],
    ["be64_to_cpu(skb->len)", "be64_to_cpu(skb->len)"],
  ];
  for (const [text, part] of deep) {
    it(text, () => {
      const found = notPlain(parse(text));
      assert.ok(found !== undefined);
      assert.equal(text.slice(found.at, found.end), part);
    });
  }
});
