/** Packets that nobody changes: sent, forwarded, received. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { assertConsumed, assertFlows, assertPath, namespacesOf, onlyWithFlow, pathOf, withFlow } from "../expect.js";
import { FORWARDED, IPV4, IPV6, RECEIVED, SENT } from "../functions.js";
import type { Scenario } from "../scenario.js";
import { journeysText } from "../show.js";

const forward = Direction.DIRECTION_FORWARD;
/** IPv4 and TCP headers with time stamps. */
const BARE_BYTES = 52;

/** Pings and a TCP connection: between neighbours, through a router, through the loopback interface. */
export const plain: readonly Scenario[] = [
  {
    name: "local-ping",
    why: "a request and its answer, each one journey from one namespace to the other",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.1.10"] },
    traffic: "ping_once client 10.1.1.1",
    expect(seen) {
      assertFlows(seen, ["ICMP 10.1.1.10 > 10.1.1.1", "ICMP 10.1.1.1 > 10.1.1.10"]);
      for (const journey of seen.journeys) {
        assertPath(journey, [...SENT, ...RECEIVED, "icmp_rcv"]);
        assert.equal(namespacesOf(journey).length, 2, journeysText([journey]));
      }
      assertConsumed(onlyWithFlow(seen, "ICMP 10.1.1.10 > 10.1.1.1"));
    },
  },
  {
    name: "sender",
    why: "who sent it, where a process did: the kernel answers by itself, in the interrupt that borrows the sender's CPU",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.1.10"] },
    traffic: 'ip netns exec client ping -q -c 1 -W 10 10.1.1.1 & echo "pid $!"; wait $!',
    expect(seen) {
      const request = onlyWithFlow(seen, "ICMP 10.1.1.10 > 10.1.1.1");
      const pid = Number(/^pid (\d+)$/m.exec(seen.outcome.output)?.[1]);
      assert.deepEqual(request.process, { pid, tid: pid, comm: "ping" });
      assert.equal(onlyWithFlow(seen, "ICMP 10.1.1.1 > 10.1.1.10").process, undefined);
    },
  },
  {
    name: "local-tcp",
    why: "a connection in both directions: handshake, data, end; TCP frees packets in ways of its own",
    functions: IPV4,
    filter: { sourceIpv4: ["10.1.1.10"], destinationPorts: [9001] },
    traffic: "tcp_bytes client router 10.1.1.1 9001 10",
    expect(seen) {
      const there = withFlow(seen, "TCP 10.1.1.10:* > 10.1.1.1:9001");
      const back = withFlow(seen, "TCP 10.1.1.1:9001 > 10.1.1.10:*");
      assert.equal(there.length + back.length, seen.journeys.length, journeysText(seen.journeys));
      // SYN, ACK of it, data, FIN; the answer to SYN, the ACK of data, FIN: some may come together.
      assert.ok(there.length >= 3 && back.length >= 2, journeysText(seen.journeys));
      for (const journey of seen.journeys) {
        assertPath(journey, [...SENT, ...RECEIVED, "tcp_v4_rcv"]);
        // A bare ACK or FIN that comes late is dropped; SYNs and data are longer.
        if ((journey.hops[0]?.length ?? 0) > BARE_BYTES) assertConsumed(journey);
      }
    },
  },
  {
    name: "forwarded-ipv4",
    why: "one journey through three namespaces and two cables, end to end",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.1.10"], direction: forward },
    traffic: "ping_once client 10.1.2.20",
    expect(seen) {
      const journey = onlyWithFlow(seen, "ICMP 10.1.1.10 > 10.1.2.20");
      assertPath(journey, [...SENT, ...FORWARDED, ...RECEIVED, "icmp_rcv"]);
      assert.equal(namespacesOf(journey).length, 3, journeysText([journey]));
      assertConsumed(journey);
    },
  },
  {
    name: "forwarded-ipv6",
    why: "the same for IPv6",
    functions: IPV6,
    filter: { l4Protocols: [58], sourceIpv6: ["fc01:1::10"], destinationIpv6: ["fc01:2::20"], direction: forward },
    traffic: "ping_once client fc01:2::20",
    expect(seen) {
      const journey = onlyWithFlow(seen, "ICMPv6 fc01:1::10 > fc01:2::20");
      const sent = ["ip6_output", "ip6_finish_output2", "dev_hard_start_xmit"];
      assertPath(journey, [...sent, "ipv6_rcv", "ip6_forward", ...sent, "ipv6_rcv", "ip6_input", "icmpv6_rcv"]);
      assert.equal(namespacesOf(journey).length, 3, journeysText([journey]));
    },
  },
  {
    name: "loopback",
    why: "sender and receiver in one namespace, both directions with one flow: two journeys all the same",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["127.0.0.1"] },
    traffic: "ping_once client 127.0.0.1",
    expect(seen) {
      assertFlows(seen, ["ICMP 127.0.0.1 > 127.0.0.1", "ICMP 127.0.0.1 > 127.0.0.1"]);
      for (const journey of seen.journeys) {
        assertPath(journey, [...SENT, ...RECEIVED, "icmp_rcv"]);
        assert.equal(namespacesOf(journey).length, 1, journeysText([journey]));
      }
    },
  },
  {
    name: "all-functions",
    why: "with every function of the kernel a packet is one journey: none begins with memory that was freed",
    functions: "all",
    filter: { sourceIpv4: ["10.1.1.10"], destinationPorts: [9004], direction: forward },
    options: { maxHops: 1000 },
    traffic: "tcp_bytes client router 10.1.1.1 9004 20000",
    expect(seen) {
      const [first] = seen.journeys;
      assert.ok(first !== undefined);
      const sender = namespacesOf(first)[0];
      for (const journey of seen.journeys) {
        const isReceived = pathOf(journey).includes("tcp_v4_rcv");
        assert.ok(isReceived, `not received:\n${journeysText([journey])}`);
        assert.equal(namespacesOf(journey)[0], sender, journeysText([journey]));
      }
    },
  },
];
