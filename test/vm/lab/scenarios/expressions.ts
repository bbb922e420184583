/** Packets chosen by pcap expressions: each kernel loads what was translated, and asks it where the packet is. */
import assert from "node:assert/strict";
import { assertFlows, assertPath, pathOf } from "../expect.js";
import { IPV4, RECEIVED, SENT } from "../functions.js";
import type { Scenario } from "../scenario.js";
import { journeysText } from "../show.js";

/** A ping through a tunnel, chosen by its inner addresses: it shows from where it has its outer header. */
function inTunnel(name: string, network: number, carrier: (from: string, to: string) => string): Scenario {
  return {
    name: `inner-expression-${name}`,
    why: "the expression is about the packet inside, the flow is that of the packet outside",
    functions: IPV4,
    expressions: { innerPcapExpression: `icmp and host 10.9.${network}.2` },
    traffic: `ping_once client 10.9.${network}.2; ping_once client 10.1.2.20`,
    expect(seen) {
      assertFlows(seen, [carrier("10.1.1.10", "10.1.2.20"), carrier("10.1.2.20", "10.1.1.10")]);
      for (const journey of seen.journeys) assertPath(journey, [...SENT, ...RECEIVED, "icmp_rcv"]);
    },
  };
}

/** A sum that is computed from its end, so that each term but the last waits in a word of scratch memory. */
function nested(depth: number): string {
  if (depth === 0) return "(ip[ip[0] & 0xf:2] + (ip[2:2] / udp[4:2] + len))";
  return `(ether[${depth}:4] + ${nested(depth - 1)})`;
}

/** One for each place where the kernel keeps what an expression asks for. */
export const expressions: readonly Scenario[] = [
  {
    name: "expression",
    why: "before it comes to a device a packet has no Ethernet header: it is asked from its IP header on",
    functions: IPV4,
    expressions: { pcapExpression: "icmp[icmptype] = icmp-echo and dst host 10.1.2.20 and ip[8] > 60" },
    traffic: "datagram client 10.1.2.20 7101; ping_once client 10.1.1.1; ping_once client 10.1.2.20",
    expect(seen) {
      assertFlows(seen, ["ICMP 10.1.1.10 > 10.1.2.20"]);
      const [journey] = seen.journeys;
      assert.ok(journey !== undefined);
      assert.match(pathOf(journey)[0] ?? "", /^ip_(local_out|output)$/, journeysText([journey]));
      assertPath(journey, [...SENT, "ip_rcv", "ip_forward", ...SENT, ...RECEIVED, "icmp_rcv"]);
    },
  },
  {
    name: "expression-memory",
    why: "an expression with much scratch memory, computed loads and a division, from the Ethernet header on",
    functions: ["dev_hard_start_xmit", "udp_rcv"],
    expressions: {
      pcapExpression: `ip and udp dst port 7102 and ${nested(10)} > 7 and len = ip[2:2] + 14`,
    },
    // With everything else that may be in the programs, and without effect: the stack must hold it.
    options: { maxPacketsPerSecond: 1_000_000, maxCpuPercent: 100_000 },
    traffic: "datagram client 10.1.1.1 7101; datagram client 10.1.1.1 7102",
    expect(seen) {
      assertFlows(seen, ["UDP 10.1.1.10:* > 10.1.1.1:7102"]);
      for (const journey of seen.journeys) assert.deepEqual(pathOf(journey), ["dev_hard_start_xmit", "udp_rcv"]);
    },
  },
  {
    name: "expression-arp",
    why: "packets other than IP have journeys, too, and no addresses",
    functions: ["dev_hard_start_xmit", "arp_rcv"],
    expressions: { pcapExpression: "arp host 10.1.1.1" },
    traffic: "in_ns client ip neighbour flush dev c0; ping_once client 10.1.1.1",
    expect(seen) {
      assert.ok(seen.journeys.length >= 2, journeysText(seen.journeys));
      assertFlows(
        seen,
        seen.journeys.map(() => "EtherType 0x0806"),
      );
      for (const journey of seen.journeys) assert.deepEqual(pathOf(journey), ["dev_hard_start_xmit", "arp_rcv"]);
    },
  },
  {
    name: "expression-vlan",
    why: "a VLAN tag that is kept beside the packet, for the card to put in, is there for the expression",
    functions: ["ip_output", "dev_hard_start_xmit", "icmp_rcv"],
    expressions: { pcapExpression: "vlan 7 and icmp" },
    traffic: "ping_once host0 10.1.7.11; ping_once host0 10.1.3.11",
    expect(seen) {
      assertFlows(seen, ["ICMP 10.1.7.10 > 10.1.7.11", "ICMP 10.1.7.11 > 10.1.7.10"]);
      // Not at ip_output, nor on its way to the VLAN's own device: there is no tag yet.
      for (const journey of seen.journeys) {
        assert.equal(pathOf(journey)[0], "dev_hard_start_xmit", journeysText([journey]));
        assertPath(journey, ["dev_hard_start_xmit", "icmp_rcv"]);
      }
    },
  },
  inTunnel("vxlan", 1, (from, to) => `UDP ${from}:* > ${to}:4789`),
  inTunnel("gre", 2, (from, to) => `GRE ${from} > ${to}`),
  inTunnel("ipip", 3, (from, to) => `IPIP ${from} > ${to}`),
];
