/** Modules that show how a packet lies in memory and what is known of its sum and hash, against what other interfaces tell. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import { sentFrames, transportAt } from "../../../helpers/captured-frames.js";
import {
  assertSameSet,
  assertValues,
  type HopValues,
  match,
  shownOfBuffer,
  toldOfBuffer,
} from "../../../helpers/compare-values.js";
import { values } from "../module-values.js";
import type { Scenario } from "../scenario.js";

const direction = Direction.DIRECTION_FORWARD;
const [TCP, UDP] = [6, 17];
const UDP_BYTES = 8;
/** Flags of a TCP segment with data. */
const PSH_ACK = "0x18";

/** The ones' complement sum of a text, as a machine of little endian adds it (RFC 1071). */
function sumOf(bytes: Buffer): number {
  const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
  let sum = 0;
  for (let at = 0; at < even.length; at += 2) sum += even.readUInt16LE(at);
  return folded(sum);
}

function folded(sum: number): number {
  const once = (sum & 0xffff) + Math.floor(sum / 2 ** 16);
  return (once & 0xffff) + (once >> 16);
}

/** Offloads, sums, memory, hashes. */
export const moduleBuffers: readonly Scenario[] = [
  {
    name: "module-offloads",
    why: "gso, len and csum show of large packets what a packet socket is told of them",
    functions: ["dev_hard_start_xmit"],
    filter: { l4Protocols: [TCP], destinationPorts: [9021], direction },
    modules: ["gso", "len", "csum"],
    ownModules: [{ name: "own", fields: [{ name: "headroom", read: "skb->data - skb->head" }] }],
    traffic: `
      in_ns wire0 ethtool -K w tso on gso on tx on
      capture wire0 w
      tcp_bytes wire0 wire1 10.1.6.11 9021 60000
      captured`,
    expect(seen) {
      const sent = sentFrames(seen.outcome.output, TCP);
      const truths = sent.map(toldOfBuffer);
      assert.ok(
        truths.some(({ segments }) => Number(segments) > 1),
        "nothing large was sent",
      );
      assertSameSet(values(seen, "dev_hard_start_xmit").map(shownOfBuffer), truths);
    },
  },
  {
    name: "module-csum-len",
    why: "csum shows the sum of the datagram's bytes once the kernel has checked it, len what ss says a socket is charged",
    functions: ["ip_rcv", "__udp_enqueue_schedule_skb"],
    filter: { l4Protocols: [UDP], destinationPorts: [7304], direction },
    modules: ["csum", "len"],
    traffic: `
      in_ns wire0 ethtool -K w tx off
      ip netns exec wire1 socat -u UDP-RECV:7304 OPEN:/dev/null & listener=$!
      until in_ns wire1 ss -Hlun sport = :7304 | grep 7304; do sleep 0.1; done
      kill -STOP $listener
      capture wire0 w
      datagram wire0 10.1.6.11 7304 41
      until in_ns wire1 ss -Hlumn sport = :7304 | grep 'skmem:(r[1-9]'; do sleep 0.1; done
      captured
      kill -KILL $listener
      wait $listener || true
      in_ns wire0 ethtool -K w tx on`,
    expect(seen) {
      const [frame] = sentFrames(seen.outcome.output, UDP);
      assert.ok(frame !== undefined, seen.outcome.output);
      const payload = frame.bytes.subarray(transportAt(frame) + UDP_BYTES);
      const truesize = match(seen.outcome.output, /skmem:\(r(\d+)/);
      const [arrived] = values(seen, "ip_rcv");
      assertValues(arrived, {
        ip_summed: "0",
        csum_valid: "0",
        truesize,
        len: String(frame.length - 14),
        data_len: "0",
      });
      const [checked] = values(seen, "__udp_enqueue_schedule_skb");
      assertValues(checked, { ip_summed: "2", csum_valid: "1" });
      assert.equal(folded(Number(checked?.["csum"])), sumOf(payload));
    },
  },
  {
    name: "module-set-by-tc",
    why: "mark, hash and csum show what a tc program has set by the kernel's own interface",
    functions: ["dev_hard_start_xmit", "ip_rcv"],
    filter: { l4Protocols: [1], sourceIpv4: ["10.1.6.10"], direction },
    modules: ["mark", "hash", "csum"],
    traffic: `
      in_ns wire1 tc qdisc add dev w clsact
      in_ns wire1 tc filter add dev w ingress bpf direct-action object-file dist/lab/set-fields.o section tc
      ping_once wire0 10.1.6.11 || true
      in_ns wire1 tc qdisc delete dev w clsact`,
    expect(seen) {
      const [before] = values(seen, "dev_hard_start_xmit");
      assertValues(before, {
        mark: "0x0",
        priority: "0",
        queue: "0",
        hash: "0x0",
        l4_hash: "0",
        sw_hash: "0",
        csum_level: "0",
        ip_summed: "0",
      });
      const [after] = values(seen, "ip_rcv");
      assertValues(after, {
        mark: "0x11223344",
        priority: String(0x55667788),
        queue: String(0x123),
        hash: "0x99aabbcc",
        l4_hash: "1",
        sw_hash: "1",
        ip_summed: "1",
        csum_level: "2",
      });
    },
  },
  {
    name: "module-hash",
    why: "hash shows what a tc program is told, by whom it was computed, and whether of ports, too",
    functions: ["dev_hard_start_xmit"],
    filter: { sourceIpv4: ["10.1.6.10"], direction },
    modules: ["hash", "mark", "tcp"],
    traffic: `
      in_ns wire0 tc qdisc add dev w clsact
      in_ns wire0 tc filter add dev w egress bpf direct-action object-file dist/lab/set-fields.o section tc-hash
      ping_once wire0 10.1.6.11
      echo datagram | in_ns wire0 socat -u - UDP-SENDTO:10.1.6.11:7305
      tcp_bytes wire0 wire1 10.1.6.11 9022 10
      in_ns wire0 tc qdisc delete dev w clsact`,
    expect(seen) {
      const byProtocol = (protocol: number): readonly HopValues[] =>
        values(
          { ...seen, journeys: seen.journeys.filter(({ flow }) => flow?.l4Protocol === protocol) },
          "dev_hard_start_xmit",
        );
      const cases = [
        [1, { l4_hash: "0", sw_hash: "1" }],
        [UDP, { l4_hash: "1", sw_hash: "1" }],
        // Connected sockets give their packets a number of their own (sk_txhash).
        [TCP, { l4_hash: "1", sw_hash: "0" }],
      ] as const;
      for (const [protocol, truths] of cases) {
        // What ends a TCP connection may come from a socket that is no longer one, and has no number.
        const hop = byProtocol(protocol).find(({ flags }) => protocol !== TCP || flags === PSH_ACK);
        assert.notEqual(hop?.["hash"], "0x0");
        assertValues(hop, { ...truths, hash: hop?.["mark"] });
      }
    },
  },
];
