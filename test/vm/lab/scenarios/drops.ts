/** Packets that the kernel drops, and its reasons. */
import assert from "node:assert/strict";
import { Direction, IpVersion } from "../../../../src/gen/ipftrace/v1/filter.js";
import { assertConsumed, assertDropped, assertFlows, assertPath, NFTABLES, onlyWithFlow } from "../expect.js";
import { FORWARDED, IPV4, RECEIVED, SENT } from "../functions.js";
import type { Scenario } from "../scenario.js";

/** By nftables, and for want of a socket. */
export const drops: readonly Scenario[] = [
  {
    name: "nftables-drop",
    why: "a rule of the router drops it: the journey ends there, with NETFILTER_DROP",
    functions: IPV4,
    filter: { destinationPorts: [7001] },
    traffic: "datagram client 10.1.2.20 7001",
    expect(seen, kernel) {
      assertFlows(seen, ["UDP 10.1.1.10:* > 10.1.2.20:7001"]);
      for (const journey of seen.journeys) {
        assertPath(journey, [...SENT, "ip_rcv", "ip_forward"]);
        assertDropped(journey, "NETFILTER_DROP", kernel, NFTABLES);
      }
    },
  },
  {
    name: "nftables-reject",
    why: "the rule drops it and tells the sender: the refusal is a packet of its own",
    functions: IPV4,
    filter: { ipVersion: IpVersion.IP_VERSION_4, sourceIpv4: ["10.1.1.10"] },
    traffic: "datagram client 10.1.2.20 7002",
    expect(seen, kernel) {
      const [dropped, refusal] = ["UDP 10.1.1.10:* > 10.1.2.20:7002", "ICMP 10.1.1.1 > 10.1.1.10"] as const;
      assertFlows(seen, [dropped, refusal]);
      assertPath(onlyWithFlow(seen, dropped), [...SENT, "ip_rcv", "ip_forward"]);
      assertDropped(onlyWithFlow(seen, dropped), "NETFILTER_DROP", kernel, NFTABLES);
      assertPath(onlyWithFlow(seen, refusal), [...SENT, ...RECEIVED, "icmp_rcv"]);
      assertConsumed(onlyWithFlow(seen, refusal));
    },
  },
  {
    name: "udp-closed-port",
    why: "nobody listens: NO_SOCKET, at the end of the whole way",
    functions: IPV4,
    filter: { destinationPorts: [7003] },
    traffic: "datagram client 10.1.2.20 7003",
    expect(seen, kernel) {
      assertFlows(seen, ["UDP 10.1.1.10:* > 10.1.2.20:7003"]);
      for (const journey of seen.journeys) {
        assertPath(journey, [...SENT, ...FORWARDED, ...RECEIVED, "udp_rcv"]);
        assertDropped(journey, "NO_SOCKET", kernel);
      }
    },
  },
  {
    name: "tcp-closed-port",
    why: "the SYN is dropped with NO_SOCKET, the RST that answers it arrives",
    functions: IPV4,
    filter: { destinationPorts: [7004] },
    traffic: "in_ns client socat -u OPEN:/dev/null TCP:10.1.2.20:7004 && exit 1 || true",
    expect(seen, kernel) {
      const [syn, reset] = ["TCP 10.1.1.10:* > 10.1.2.20:7004", "TCP 10.1.2.20:7004 > 10.1.1.10:*"] as const;
      assertFlows(seen, [syn, reset]);
      assertPath(onlyWithFlow(seen, syn), [...SENT, ...FORWARDED, ...RECEIVED, "tcp_v4_rcv"]);
      assertDropped(onlyWithFlow(seen, syn), "NO_SOCKET", kernel);
      assertPath(onlyWithFlow(seen, reset), [...SENT, ...FORWARDED, ...RECEIVED, "tcp_v4_rcv"]);
      assertConsumed(onlyWithFlow(seen, reset));
    },
  },
  {
    name: "ovs-drop",
    why: "Open vSwitch has reasons of its own, in its module's types: LAST_ACTION, where a flow has no action left",
    functions: [...IPV4, "ovs_vport_receive/2"],
    filter: { destinationPorts: [7005], sourceIpv4: ["10.1.6.10"], direction: Direction.DIRECTION_FORWARD },
    traffic: `
      in_ns wire1 dist/lab/ovs-drop w
      datagram wire0 10.1.6.11 7005
      in_ns wire1 dist/lab/ovs-drop`,
    missing: ({ line }) => (["5.10", "6.1"].includes(line) ? "Open vSwitch has reasons since Linux 6.7" : undefined),
    expect(seen, kernel) {
      const journey = onlyWithFlow(seen, "UDP 10.1.6.10:* > 10.1.6.11:7005");
      assertPath(journey, [...SENT, "ovs_vport_receive"]);
      assertDropped(journey, "LAST_ACTION", kernel, / \[openvswitch\]$/);
      assert.equal(journey.dropReason?.subsystem, "openvswitch");
    },
  },
  {
    name: "one-way-filter",
    why: "a filter of one direction leaves the answers out, also where they are caused by packets that match",
    functions: IPV4,
    filter: {
      ipVersion: IpVersion.IP_VERSION_4,
      sourceIpv4: ["10.1.1.10"],
      destinationIpv4: ["10.1.2.20"],
      direction: Direction.DIRECTION_FORWARD,
    },
    traffic: "datagram client 10.1.2.20 7002; ping_once client 10.1.2.20; ping_once client 10.1.1.1",
    expect(seen) {
      assertFlows(seen, ["UDP 10.1.1.10:* > 10.1.2.20:7002", "ICMP 10.1.1.10 > 10.1.2.20"]);
    },
  },
];
