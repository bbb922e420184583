/** Packets that are cut up and merged: segments, GRO. Fragments are in fragments.ts. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { LinkKind, LinkRole, type PacketJourney } from "../../../../src/gen/ipftrace/v1/journey.js";
import { assertConsumed, assertPath, childrenOf, goesThrough, pathOf } from "../expect.js";
import { IPV4, RECEIVED } from "../functions.js";
import type { Kernel, Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;
const { LINK_KIND_SEGMENT, LINK_KIND_MERGE } = LinkKind;
const { LINK_ROLE_CHILD } = LinkRole;
const TCP_BYTES = 30_000;

/** Bytes in front of the payload of a TCP packet with time stamps, at functions that see an Ethernet header, and others. */
const HEADERS: Readonly<Record<string, number>> = { dev_hard_start_xmit: 66 };
const TCP_IP_HEADERS = 52;

/** TCP payload of a packet at its first hop. */
function payload(journey: PacketJourney): number {
  const [first] = journey.hops;
  assert.ok(first !== undefined);
  return first.length - (HEADERS[first.function] ?? TCP_IP_HEADERS);
}

function sum(journeys: readonly PacketJourney[]): number {
  return journeys.reduce((total, one) => total + payload(one), 0);
}

/** Packets that were cut up; fails unless the segments of each add up to it. */
function assertSegments(seen: Seen): PacketJourney[] {
  const cut = seen.journeys.filter((one) => pathOf(one).includes("tcp_gso_segment"));
  assert.ok(cut.length > 0, `no packet was cut up:\n${journeysText(seen.journeys)}`);
  for (const parent of cut) {
    const segments = childrenOf(seen, parent, LINK_KIND_SEGMENT);
    assert.ok(segments.length >= 2, journeysText([parent, ...segments]));
    assert.equal(sum(segments), payload(parent), journeysText([parent, ...segments]));
    assertConsumed(parent);
  }
  return cut;
}

/** GSO without TSO: large packets go down the stack and are cut up before the device. */
const CUT_UP = "in_ns wire0 ethtool -K w tso off gso on";

const VETH_WITHOUT_GRO = "veth has GRO without XDP since Linux 5.13";
/** Datagrams that are sent as one, cut up before the device, chained by the receiver's GRO, and taken apart for the socket. */
const DATAGRAMS = 5;

/** Segments, GRO. */
export const pieces: readonly Scenario[] = [
  {
    name: "gso",
    why: "segments name the packet that they were cut from, their payloads add up, and each arrives",
    functions: [...IPV4, "tcp_gso_segment"],
    filter: { destinationPorts: [9002], sourceIpv4: ["10.1.6.10"], direction },
    traffic: `${CUT_UP}; tcp_bytes wire0 wire1 10.1.6.11 9002 ${TCP_BYTES}`,
    expect(seen) {
      const cut = assertSegments(seen);
      const arrived = seen.journeys.filter((one) => !cut.includes(one));
      for (const journey of arrived) assertPath(journey, [...RECEIVED, "tcp_v4_rcv"]);
      // The SYN has 8 bytes more of options; nothing is sent twice on a cable that loses nothing.
      const data = arrived.filter((one) => payload(one) > 8);
      for (const journey of data) assertConsumed(journey);
      assert.equal(sum(data), TCP_BYTES, journeysText(seen.journeys));
    },
  },
  {
    name: "gro",
    why: "what the receiver's NAPI merges: the merged ones end there, the one that took them in arrives with all bytes",
    functions: [...IPV4, "tcp_gso_segment", "dev_gro_receive", "skb_gro_receive"],
    filter: { destinationPorts: [9003], sourceIpv4: ["10.1.6.10"], direction },
    traffic: `${CUT_UP}; in_ns wire1 ethtool -K w gro on; tcp_bytes wire0 wire1 10.1.6.11 9003 ${TCP_BYTES}; in_ns wire1 ethtool -K w gro off`,
    missing: ({ line }: Kernel) => (line === "5.10" ? VETH_WITHOUT_GRO : undefined),
    expect(seen) {
      assertSegments(seen);
      const received = seen.journeys.filter((one) => pathOf(one).includes("dev_gro_receive"));
      const merged = received.filter((one) => !pathOf(one).includes("tcp_v4_rcv"));
      assert.ok(merged.length > 0, `nothing was merged:\n${journeysText(seen.journeys)}`);
      for (const journey of merged) {
        assertConsumed(journey);
        const into = journey.links.find(({ role, kind }) => role === LINK_ROLE_CHILD && kind === LINK_KIND_MERGE);
        const taker = received.find(({ journeyId }) => journeyId === into?.journeyId);
        assert.ok(taker !== undefined && goesThrough(taker, ["tcp_v4_rcv"]), journeysText(received));
      }
      // The function that merges is seen by the packet that takes another one in.
      const mergers = received.map((one) => pathOf(one).filter((name) => name === "skb_gro_receive").length);
      assert.equal(
        mergers.reduce((total, one) => total + one, 0),
        merged.length,
        journeysText(received),
      );
      const arrived = seen.journeys.flatMap(({ hops }) => hops.filter((hop) => hop.function === "tcp_v4_rcv"));
      const bytes = arrived.map(({ length }) => length - 32).filter((length) => length > 8);
      assert.equal(
        bytes.reduce((total, one) => total + one, 0),
        TCP_BYTES,
        journeysText(seen.journeys),
      );
    },
  },
  {
    name: "gro-list",
    why: "GRO chains datagrams without merging their data: each ends in the first one, and comes out of it again",
    functions: [...IPV4, "dev_gro_receive/2", "skb_consume_udp/2"],
    filter: { destinationPorts: [6305], sourceIpv4: ["10.1.6.10"], direction },
    traffic: `
      in_ns wire0 ethtool -K w tx-udp-segmentation off
      in_ns wire1 ethtool -K w gro on rx-gro-list on
      in_ns wire1 timeout 20 socat -u UDP-RECV:6305 OPEN:/tmp/listed,creat &
      listening wire1 6305
      printf '%02500d' 0 | in_ns wire0 socat -u - UDP-SENDTO:10.1.6.11:6305,setsockopt-int=17:103:500
      until [ "$(stat -c %s /tmp/listed)" = 2500 ]; do sleep 0.1; done
      kill %1
      in_ns wire1 ethtool -K w gro off rx-gro-list off`,
    missing: ({ line }: Kernel) => (line === "5.10" ? VETH_WITHOUT_GRO : undefined),
    expect(seen) {
      const text = journeysText(seen.journeys);
      const isChained = ({ links }: PacketJourney): boolean => links.some(({ kind }) => kind === LINK_KIND_MERGE);
      const chained = seen.journeys.filter(isChained);
      assert.equal(chained.length, DATAGRAMS - 1, text);
      for (const journey of chained) assertConsumed(journey);
      const [first, ...others] = seen.journeys.filter(
        (one) => !isChained(one) && pathOf(one).includes("dev_gro_receive"),
      );
      assert.ok(first !== undefined && others.length === 0, text);
      const apart = childrenOf(seen, first, LINK_KIND_SEGMENT);
      assert.equal(apart.length, DATAGRAMS - 1, text);
      for (const journey of [first, ...apart]) {
        assertPath(journey, ["skb_consume_udp"]);
        assertConsumed(journey);
      }
    },
  },
];
