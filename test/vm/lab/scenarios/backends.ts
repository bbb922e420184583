/** Ways of attaching: every backend that the kernel has, and the manifest that is traced by default. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { EndReason, LinkKind } from "../../../../src/gen/ipftrace/v1/journey.js";
import { assertConsumed, assertDropped, assertPath, childrenOf, NFTABLES, onlyWithFlow, pathOf } from "../expect.js";
import { IPV4, RECEIVED, SENT } from "../functions.js";
import type { Scenario } from "../scenario.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;
const PING: Pick<Scenario, "filter" | "traffic"> = {
  filter: { l4Protocols: [1], sourceIpv4: ["10.1.1.10"], direction },
  traffic: "ping_once client 10.1.1.1",
};
const REQUEST = "ICMP 10.1.1.10 > 10.1.1.1";

/** One ping or one drop with each. */
export const backends: readonly Scenario[] = [
  {
    name: "generic-manifest",
    why: "its journeys end with the hand-over to the device; the packet goes on in another, which says so",
    functions: "generic",
    ...PING,
    expect(seen) {
      assert.equal(seen.journeys.length, 2, journeysText(seen.journeys));
      const sent = seen.journeys.find(({ endReason }) => endReason === EndReason.END_REASON_EGRESS);
      assert.ok(sent !== undefined, journeysText(seen.journeys));
      assertPath(sent, SENT);
      assert.equal(pathOf(sent).at(-1), "dev_hard_start_xmit");
      const [received] = childrenOf(seen, sent, LinkKind.LINK_KIND_CONTINUATION);
      assert.ok(received !== undefined, journeysText(seen.journeys));
      assertPath(received, [...RECEIVED, "ip_local_deliver_finish"]);
      assertConsumed(received);
    },
  },
  {
    name: "kprobe",
    why: "single kprobes show what the best backend shows",
    functions: IPV4,
    backend: "kprobe",
    ...PING,
    expect(seen) {
      const journey = onlyWithFlow(seen, REQUEST);
      assertPath(journey, [...SENT, ...RECEIVED, "icmp_rcv"]);
      assertConsumed(journey);
    },
  },
  {
    name: "tracepoint",
    why: "where the kernel refuses kprobes: its tracepoints, and the packet is one journey all the same",
    functions: "generic",
    backend: "tracepoint",
    ...PING,
    expect(seen) {
      const journey = onlyWithFlow(seen, REQUEST);
      const path = ["net_dev_queue", "net_dev_start_xmit", "netif_receive_skb", "consume_skb"];
      assertPath(
        journey,
        path.map((name) => `tracepoint:${name}`),
      );
      assertConsumed(journey);
    },
  },
  {
    name: "tracepoint-drop",
    why: "drops and their reasons need no kprobes",
    functions: "generic",
    backend: "tracepoint",
    filter: { destinationPorts: [7001] },
    traffic: "datagram client 10.1.2.20 7001",
    expect(seen, kernel) {
      const journey = onlyWithFlow(seen, "UDP 10.1.1.10:* > 10.1.2.20:7001");
      assertPath(journey, ["tracepoint:net_dev_queue", "tracepoint:kfree_skb"]);
      assertDropped(journey, "NETFILTER_DROP", kernel, NFTABLES);
    },
  },
];
