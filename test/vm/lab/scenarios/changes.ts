/** Packets whose headers change under way: one journey, and the hop tells where. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { assertChanges, assertConsumed, assertPath, namespacesOf, onlyWithFlow, withFlow } from "../expect.js";
import { FORWARDED, IPV4, RECEIVED, SENT } from "../functions.js";
import type { Scenario } from "../scenario.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;
const OUTER = "10.1.1.10 > 10.1.2.20";

/** NAT by the router's nftables rules. */
const nat: readonly Scenario[] = [
  {
    name: "dnat",
    why: "the destination changes before the router decides: ip_forward is the first to see the new one",
    functions: IPV4,
    filter: { destinationPorts: [6101], direction },
    traffic: "datagram client 10.1.1.1 6101",
    expect(seen) {
      const journey = onlyWithFlow(seen, "UDP 10.1.1.10:* > 10.1.1.1:6101");
      assertPath(journey, [...SENT, ...FORWARDED, ...RECEIVED, "udp_rcv"]);
      assertChanges(journey, [["ip_forward", "UDP 10.1.1.10:* > 10.1.2.20:6201"]]);
    },
  },
  {
    name: "snat",
    why: "the source changes after the router has decided: ip_finish_output2 is the first to see the new one",
    functions: IPV4,
    filter: { destinationPorts: [6102], direction },
    traffic: "datagram client 10.1.2.20 6102",
    expect(seen) {
      const journey = onlyWithFlow(seen, "UDP 10.1.1.10:* > 10.1.2.20:6102");
      assertPath(journey, [...SENT, ...FORWARDED, ...RECEIVED, "udp_rcv"]);
      assertChanges(journey, [["ip_finish_output2", "UDP 10.1.2.1:6202 > 10.1.2.20:6102"]]);
    },
  },
  {
    name: "dnat-and-snat",
    why: "both, on every packet of a TCP connection, though the filter matches only the first flow",
    functions: IPV4,
    filter: { destinationIpv4: ["10.1.1.1"], destinationPorts: [8080], direction },
    traffic: "tcp_bytes client server 10.1.1.1 8080 10 80",
    expect(seen) {
      const journeys = withFlow(seen, "TCP 10.1.1.10:* > 10.1.1.1:8080");
      assert.ok(journeys.length >= 3 && journeys.length === seen.journeys.length, journeysText(seen.journeys));
      for (const journey of journeys) {
        assertPath(journey, [...SENT, ...FORWARDED, ...RECEIVED, "tcp_v4_rcv"]);
        assertChanges(journey, [
          ["ip_forward", "TCP 10.1.1.10:* > 10.1.2.20:80"],
          ["ip_finish_output2", "TCP 10.1.2.1:* > 10.1.2.20:80"],
        ]);
      }
    },
  },
];

/** A ping through a tunnel: `network` is the inner one's third number, `carrier` the outer protocol. */
function tunnel(name: string, network: number, carrier: string, functions: readonly string[]): Scenario {
  const inner = `ICMP 10.9.${network}.1 > 10.9.${network}.2`;
  return {
    name,
    why: "one journey into the tunnel, through the router and out of it",
    functions: [...IPV4, ...functions],
    filter: { l4Protocols: [1], sourceIpv4: [`10.9.${network}.1`], direction },
    traffic: `ping_once client 10.9.${network}.2`,
    expect(seen) {
      assert.equal(seen.journeys.length, 1, journeysText(seen.journeys));
      const journey = onlyWithFlow(seen, inner);
      const [into = "", ...outOf] = functions.map((one) => one.replace(/\/\d$/, ""));
      assertPath(journey, [
        ...SENT,
        into,
        ...SENT,
        ...FORWARDED,
        ...RECEIVED,
        ...outOf,
        "ip_local_deliver",
        "icmp_rcv",
      ]);
      assertChanges(journey, [
        ["ip_local_out", carrier],
        ["ip_local_deliver", inner],
      ]);
      assert.equal(namespacesOf(journey).length, 3, journeysText([journey]));
      assertConsumed(journey);
    },
  };
}

/** NAT and tunnels. */
export const changes: readonly Scenario[] = [
  ...nat,
  tunnel("vxlan", 1, "UDP 10.1.1.10:* > 10.1.2.20:4789", ["vxlan_xmit/1", "vxlan_rcv/2"]),
  tunnel("gre", 2, `GRE ${OUTER}`, ["ipgre_xmit/1", "ip_tunnel_rcv/2"]),
  tunnel("ipip", 3, `IPIP ${OUTER}`, ["ipip_tunnel_xmit/1", "ipip_rcv/1", "ip_tunnel_rcv/2"]),
];
