/** Packets that the kernel makes several of: each a journey of its own that names its parent. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { LinkKind, type PacketJourney } from "../../../../src/gen/ipftrace/v1/journey.js";
import { assertConsumed, assertPath, childrenOf, goesThrough, namespacesOf, onlyWithFlow } from "../expect.js";
import { IPV4, RECEIVED, SENT } from "../functions.js";
import type { Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;
const { LINK_KIND_CLONE } = LinkKind;

/** Clones that the bridge made of a packet, one for each port but the sender's; fails unless each has a way of its own. */
function assertFlooded(seen: Seen): PacketJourney[] {
  const original = seen.journeys.find(({ links }) => links.length === 0);
  assert.ok(original !== undefined, journeysText(seen.journeys));
  const [, bridge] = namespacesOf(original);
  const clones = childrenOf(seen, original, LINK_KIND_CLONE).filter((one) => namespacesOf(one)[0] === bridge);
  assert.equal(new Set(clones.map((clone) => namespacesOf(clone)[1])).size, 3, journeysText(seen.journeys));
  assert.equal(clones.length, 3, journeysText(seen.journeys));
  return clones;
}

/** A bridge's flood, multicast, a tap. */
export const copies: readonly Scenario[] = [
  {
    name: "bridge-flood",
    why: "a broadcast leaves the bridge by three ports: three clones of one packet",
    functions: IPV4,
    filter: { sourceIpv4: ["10.1.3.10"], destinationPorts: [6301], direction },
    traffic: "in_ns host0 socat -u EXEC:'printf 0123456789' UDP-DATAGRAM:10.1.3.255:6301,broadcast",
    expect(seen) {
      for (const clone of assertFlooded(seen)) assertPath(clone, ["dev_hard_start_xmit", ...RECEIVED, "udp_rcv"]);
      // The fifth is the sender's own: a broadcast comes back to it.
      const own = seen.journeys.filter((one) => one.links.length === 1 && namespacesOf(one).length === 1);
      assert.equal(own.length, 1, journeysText(seen.journeys));
      for (const journey of own) assertPath(journey, [...RECEIVED, "udp_rcv"]);
      assert.equal(seen.journeys.length, 5, journeysText(seen.journeys));
    },
  },
  {
    name: "multicast",
    why: "two hosts have joined the group, one has not: all three get a clone, two deliver it",
    functions: IPV4,
    filter: { sourceIpv4: ["10.1.3.10"], destinationPorts: [6302], direction },
    traffic: `
      for host in 1 2; do
        in_ns host$host timeout 20 socat -u UDP-RECV:6302,ip-add-membership=239.1.1.1:eth OPEN:/tmp/group$host,creat &
        listening host$host 6302
      done
      printf 0123456789 | in_ns host0 socat -u - UDP-DATAGRAM:239.1.1.1:6302,ip-multicast-if=10.1.3.10
      for host in 1 2; do until [ -s /tmp/group$host ]; do sleep 0.1; done; done
      kill %1 %2`,
    expect(seen) {
      const clones = assertFlooded(seen);
      const delivered = clones.filter((clone) => goesThrough(clone, [...RECEIVED, "udp_rcv"]));
      assert.equal(delivered.length, 2, journeysText(clones));
      for (const clone of delivered) assertConsumed(clone);
      assert.equal(seen.journeys.length, 4, journeysText(seen.journeys));
    },
  },
  {
    name: "af-packet-tap",
    why: "a listener like tcpdump gets a clone, and what becomes of the packet itself stays the same",
    functions: [...IPV4, "packet_rcv", "skb_copy_datagram_iter"],
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.6.10"], direction },
    traffic: `
      in_ns wire1 timeout 20 socat -u INTERFACE:w OPEN:/tmp/tapped,creat &
      until in_ns wire1 ss -0Hn | grep -q .; do sleep 0.1; done
      ping_once wire0 10.1.6.11
      until [ -s /tmp/tapped ]; do sleep 0.1; done
      kill %1`,
    expect(seen) {
      assert.equal(seen.journeys.length, 2, journeysText(seen.journeys));
      const original = seen.journeys.find(({ links }) => links.length === 0);
      assert.ok(original !== undefined);
      assertPath(original, [...SENT, "packet_rcv", ...RECEIVED, "icmp_rcv"]);
      assertConsumed(original);
      const [tapped] = childrenOf(seen, original, LINK_KIND_CLONE);
      assert.ok(tapped !== undefined, journeysText(seen.journeys));
      assertPath(tapped, ["skb_copy_datagram_iter"]);
      assertConsumed(tapped);
    },
  },
  {
    name: "udp-delivered",
    why: "what a socket's reader frees, on whichever CPU it runs, has ended",
    functions: [...IPV4, "skb_consume_udp/2"],
    filter: { destinationPorts: [6303], direction },
    traffic: `
      in_ns router timeout 20 taskset -c 0 socat -u UDP-RECV:6303 OPEN:/tmp/received,creat &
      listening router 6303
      in_ns client taskset -c 1 bash -c 'printf 0123456789 >/dev/udp/10.1.1.1/6303'
      until [ -s /tmp/received ]; do sleep 0.1; done
      kill %1`,
    expect(seen) {
      const journey = onlyWithFlow(seen, "UDP 10.1.1.10:* > 10.1.1.1:6303");
      assertPath(journey, [...SENT, ...RECEIVED, "udp_rcv", "skb_consume_udp"]);
      assertConsumed(journey);
    },
  },
];
