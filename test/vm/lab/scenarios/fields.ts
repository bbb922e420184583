/** Fields of the sk_buff: as conditions, and as what modules show. */
import assert from "node:assert/strict";
import { customReader } from "../../../../src/client/custom-values.js";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { type Hop, LinkKind } from "../../../../src/gen/ipftrace/v1/journey.js";
import { IPV4 } from "../functions.js";
import { hopsAt, values } from "../module-values.js";
import type { Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";
import { journeysText } from "../show.js";

const direction = Direction.DIRECTION_FORWARD;
/** Payload of a segment on a cable with an MTU of 1500, with time stamps. */
const SEGMENT = 1448;
const GSO_CELL = /^\(len: (\d+) gso_size: (\d+) gso_segs: (\d+) gso_type: ([A-Z0-9_|]*)\)$/;
/** A ping of 500 bytes, at functions that see its Ethernet header. */
const LARGE = 500 + 28 + 14;

/** The cells of the column `Custom Data` at a function. */
function cells(seen: Seen, name: string): string[] {
  const reader = customReader(seen.started.schemas);
  return hopsAt(seen, name).map(({ custom }) => reader?.text(custom) ?? "");
}

/** Fails unless large packets were shown with what is to be done, and small ones without. */
function assertGso(seen: Seen): void {
  const before = cells(seen, "__skb_gso_segment").map((cell) => GSO_CELL.exec(cell));
  assert.ok(before.length > 0, `nothing was cut up:\n${journeysText(seen.journeys)}`);
  for (const cell of before) {
    assert.equal(cell?.[2], String(SEGMENT));
    assert.ok(Number(cell?.[3]) > 1, cell?.[0]);
    assert.match(cell?.[4] ?? "", /^SKB_GSO_TCPV4(\|SKB_GSO_\w+)*$/);
  }
  const segments = seen.journeys.filter(({ links }) => links.some(({ kind }) => kind === LinkKind.LINK_KIND_SEGMENT));
  // dev_hard_start_xmit is called once for all segments of a packet, ip_rcv for each.
  const after = ["dev_hard_start_xmit", "ip_rcv"].flatMap((name) => cells({ ...seen, journeys: segments }, name));
  assert.ok(after.length > before.length);
  for (const cell of after) assert.match(cell, /^\(len: \d+ gso_size: 0 gso_segs: 0 gso_type: \)$/);
}

/** What a hop has of each module, in the order of its fields. */
function valuesByModule({ started }: Seen, { custom }: Hop): unknown[][] {
  return started.schemas.map(({ fields }) =>
    fields.map(({ fieldId }) => custom.find((one) => one.fieldId === fieldId)?.value),
  );
}

/** Conditions and modules. */
export const fields: readonly Scenario[] = [
  {
    name: "module-gso",
    why: "-m gso shows what the original's README shows: gso_size 1448 before __skb_gso_segment, nothing after",
    functions: ["ip_output", "__skb_gso_segment", "dev_hard_start_xmit", "ip_rcv"],
    filter: { destinationPorts: [9012], sourceIpv4: ["10.1.6.10"], direction },
    modules: ["gso"],
    traffic: "in_ns wire0 ethtool -K w tso off gso on; tcp_bytes wire0 wire1 10.1.6.11 9012 30000",
    expect: assertGso,
  },
  {
    name: "module-compiled",
    why: "a compiled module tells on every hop what the declarative one of the same data tells",
    functions: ["ip_output", "__skb_gso_segment", "dev_hard_start_xmit", "ip_rcv"],
    filter: { destinationPorts: [9013], sourceIpv4: ["10.1.6.10"], direction },
    modules: ["gso"],
    compiled: ["gso"],
    traffic: "in_ns wire0 ethtool -K w tso off gso on; tcp_bytes wire0 wire1 10.1.6.11 9013 30000",
    expect(seen) {
      const hops = seen.journeys.flatMap((journey) => journey.hops);
      for (const hop of hops) {
        const [declared = [], compiled = []] = valuesByModule(seen, hop);
        assert.ok(!declared.includes(undefined), journeysText(seen.journeys));
        assert.deepEqual(compiled, declared);
      }
      const sizes = hopsAt(seen, "__skb_gso_segment").map((hop) => valuesByModule(seen, hop)[1]?.[1]);
      assert.deepEqual(
        sizes,
        sizes.map(() => ({ $case: "unsignedValue", value: BigInt(SEGMENT) })),
      );
      assert.ok(sizes.length > 0, "nothing was cut up");
    },
  },
  {
    name: "module-compiled-match",
    why: "a compiled module with a loop, a condition and a stack of its own reads the options of handshakes",
    functions: ["ip_output", "dev_hard_start_xmit", "ip_rcv"],
    filter: { destinationPorts: [9014], sourceIpv4: ["10.1.6.10"] },
    compiled: ["tcp-options"],
    traffic: "tcp_bytes wire0 wire1 10.1.6.11 9014 30000",
    expect(seen) {
      const hops = seen.journeys.flatMap((journey) => journey.hops);
      assert.deepEqual(
        new Set(hops.map((hop) => hop.function)),
        new Set(["ip_output", "dev_hard_start_xmit", "ip_rcv"]),
      );
      const read = ["ip_output", "dev_hard_start_xmit", "ip_rcv"].flatMap((name) => values(seen, name));
      for (const one of read) {
        assert.equal(one["mss"], String(SEGMENT + 12), JSON.stringify(one));
        assert.deepEqual([one["sack"], one["timestamps"]], [true, true]);
      }
      // SYN and its answer.
      assert.equal(hopsAt(seen, "ip_output").length, 2, journeysText(seen.journeys));
    },
  },
  {
    name: "modules",
    why: "every shipped module that needs nothing special, all at once, on a ping and what it is made of",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.6.10"], direction },
    modules: ["len", "mark", "csum", "hash", "vlan", "icmp", "sock", "route", "qdisc", "cgroup"],
    traffic: "ping_once wire0 10.1.6.11 -s 100 -m 42",
    expect(seen) {
      const [sent] = values(seen, "ip_output");
      assert.ok(sent !== undefined, journeysText(seen.journeys));
      const expected = {
        len: "128",
        mark: "0x2a",
        type: "8",
        sequence: "1",
        family: "2",
        dst_dev: "w",
        gateway: "0.0.0.0",
      };
      for (const [name, value] of Object.entries(expected)) assert.equal(sent[name], value, JSON.stringify(sent));
      const [received] = values(seen, "icmp_rcv");
      assert.ok(received !== undefined, journeysText(seen.journeys));
      assert.equal(received["mark"], "0x0", "the cable takes the mark off");
      const absent = seen.started.schemas.flatMap((schema) => schema.fields.filter((one) => one.absentReason !== ""));
      assert.deepEqual(
        absent.map(({ name }) => name).filter((name) => name !== "secmark"),
        [],
      );
    },
  },
  {
    name: "where",
    why: "a condition with every kind of operand lets through the large ping and not the small one",
    functions: IPV4,
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.6.10"], direction },
    expressions: {
      whereExpression:
        'skb->len > 500 && skb->dev->name == "w" && skb->dev->mtu / 10 % 100 == 50 && icmp_hdr(skb)->type == 8 && !(skb->mark & SKB_GSO_TCPV4) && (tcp_hdr(skb)->seq || skb->pkt_type >= 0) && ntohs(ip_hdr(skb)->tot_len) == 1028',
    },
    traffic: "ping_once wire0 10.1.6.11 -s 100; ping_once wire0 10.1.6.11 -s 1000",
    expect(seen) {
      assert.ok(seen.journeys.length > 0, "nothing came through");
      const small = seen.journeys.filter(({ hops }) => (hops[0]?.length ?? 0) < LARGE);
      assert.deepEqual(small, [], journeysText(small));
    },
  },
];
