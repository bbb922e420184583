/** IP fragments, and the packets that are put together from them: at the receiver, and on the way. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { LinkKind, LinkRole, type PacketJourney } from "../../../../src/gen/ipftrace/v1/journey.js";
import { assertConsumed, assertPath, childrenOf } from "../expect.js";
import { IPV4, RECEIVED } from "../functions.js";
import type { Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;
const { LINK_KIND_FRAGMENT, LINK_KIND_REASSEMBLY } = LinkKind;
const { LINK_ROLE_CHILD, LINK_ROLE_PARENT } = LinkRole;

/** A packet, the fragments that it was cut into, and what was put together from them. */
interface Cut {
  /** The kernel makes the first fragment of the packet itself: its journey is both. */
  readonly whole: PacketJourney;
  readonly others: readonly PacketJourney[];
  readonly reassembled: PacketJourney;
}

/** Follows a packet from `whole`; fails unless its fragments, three in all, went into one that took its name from the first. */
function cutOf(seen: Seen, whole: PacketJourney): Cut {
  const text = journeysText(seen.journeys);
  const others = childrenOf(seen, whole, LINK_KIND_FRAGMENT);
  assert.equal(others.length, 2, text);
  const [reassembled, ...more] = childrenOf(seen, whole, LINK_KIND_REASSEMBLY);
  assert.ok(reassembled !== undefined && more.length === 0, text);
  const link = { journeyId: reassembled.journeyId, role: LINK_ROLE_CHILD, kind: LINK_KIND_REASSEMBLY };
  for (const fragment of [whole, ...others]) {
    assertConsumed(fragment);
    const into = fragment.links.filter(({ role }) => role === LINK_ROLE_CHILD);
    assert.deepEqual(into, [link], text);
  }
  return { whole, others, reassembled };
}

/** The packet as it was sent. */
function original({ journeys }: Seen): PacketJourney {
  const [first, ...others] = journeys.filter(({ links }) => links.every(({ role }) => role !== LINK_ROLE_PARENT));
  assert.ok(first !== undefined && others.length === 0, journeysText(journeys));
  return first;
}

/** Fragments. */
export const fragments: readonly Scenario[] = [
  {
    name: "fragments",
    why: "a ping of 4,000 bytes in three fragments, which end where they are put together at the other end",
    functions: [...IPV4, "ip_do_fragment", "ip_defrag", "ip_local_deliver_finish"],
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.6.10"], direction },
    traffic: "ping_once wire0 10.1.6.11 -s 4000",
    expect(seen) {
      assert.equal(seen.journeys.length, 4, journeysText(seen.journeys));
      const { whole, others, reassembled } = cutOf(seen, original(seen));
      assertPath(whole, ["ip_output", "ip_do_fragment", "dev_hard_start_xmit", ...RECEIVED, "ip_defrag"]);
      for (const fragment of others) assertPath(fragment, ["dev_hard_start_xmit", ...RECEIVED, "ip_defrag"]);
      assertPath(reassembled, ["ip_local_deliver_finish", "icmp_rcv"]);
      assert.equal(reassembled.hops[0]?.length, 4028);
      assertConsumed(reassembled);
    },
  },
  {
    name: "fragments-ipv6",
    why: "the same with IPv6, whose fragments have a header of their own",
    functions: ["ip6_output", "dev_hard_start_xmit", "ipv6_rcv", "ipv6_frag_rcv", "icmpv6_rcv"],
    filter: { sourceIpv6: ["fc01:3::10"], destinationIpv6: ["fc01:3::11"], direction },
    traffic: "ping_once host0 fc01:3::11 -s 4000",
    expect(seen) {
      const sent = seen.journeys.filter(({ hops }) => hops.some((hop) => hop.function === "ip6_output"));
      const [large] = sent.filter(({ hops }) => hops[0]?.length === 4048);
      assert.ok(large !== undefined, journeysText(seen.journeys));
      const { reassembled } = cutOf(seen, large);
      // Which Linux 5.10 frees as if it dropped it when it has answered.
      assertPath(reassembled, ["icmpv6_rcv"]);
    },
  },
  {
    name: "fragments-forwarded",
    why: "a router that tracks connections puts them together and cuts the packet up again: each piece has its way",
    functions: [...IPV4, "ip_do_fragment", "ip_defrag", "ip_local_deliver_finish"],
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.1.10"], direction },
    traffic: "ping_once client 10.1.2.20 -s 4000",
    expect(seen) {
      assert.equal(seen.journeys.length, 7, journeysText(seen.journeys));
      const first = cutOf(seen, original(seen));
      for (const one of [first.whole, ...first.others]) assertPath(one, ["dev_hard_start_xmit", "ip_rcv", "ip_defrag"]);
      const second = cutOf(seen, first.reassembled);
      assertPath(second.whole, ["ip_forward", "ip_do_fragment", "dev_hard_start_xmit", ...RECEIVED, "ip_defrag"]);
      for (const one of second.others) assertPath(one, ["dev_hard_start_xmit", ...RECEIVED, "ip_defrag"]);
      assertPath(second.reassembled, ["ip_local_deliver_finish", "icmp_rcv"]);
      assertConsumed(second.reassembled);
    },
  },
];
