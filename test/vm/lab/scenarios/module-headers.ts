/** Modules that show headers and sockets, against frames captured by a packet socket, ss and the configuration. */
import assert from "node:assert/strict";
import { Direction } from "../../../../src/gen/ipftrace/v1/filter.js";
import {
  type CapturedFrame,
  capturedFrames,
  icmpFields,
  protocolOf,
  sentFrames,
  tcpFields,
  vlanFields,
} from "../../../helpers/captured-frames.js";
import { assertSameSet, assertValues, type HopValues, match, only } from "../../../helpers/compare-values.js";
import { hopsAt, printed, values } from "../module-values.js";
import type { Scenario } from "../scenario.js";
import type { Seen } from "../seen.js";

const TCP_FIELDS = ["sport", "dport", "seq", "ack", "flags", "window"];
const ICMP_FIELDS = ["type", "code", "id", "sequence"];
const [ICMP, TCP, UDP, ICMPV6] = [1, 6, 17, 58];
/** Types of echoes and of what is unreachable: IPv6 sends others when it likes. */
const OURS: ReadonlySet<unknown> = new Set(["0", "3", "8", "128", "129"]);
/** Flags of TCP: of the first segment, of its answer, of one with data. */
const [SYN, SYN_ACK, PSH_ACK] = ["0x2", "0x12", "0x18"];

function frames({ outcome }: Seen, protocols: readonly number[]): CapturedFrame[] {
  return capturedFrames(outcome.output).filter((frame) => protocols.includes(protocolOf(frame) ?? 0));
}

/** A line of `ss -tne`: the number behind "sk:" is hexadecimal. */
function assertSocket(seen: Seen): void {
  const sent = values(seen, "dev_hard_start_xmit", printed(seen, "netns wire0"));
  const cookie = BigInt(`0x${match(seen.outcome.output, /^ESTAB .*\bsk:([0-9a-f]+)/m)}`);
  const mark = match(seen.outcome.output, /^ESTAB .*\bfwmark:(0x[0-9a-f]+)/m);
  const data = sent.find(({ flags }) => flags === PSH_ACK);
  assertValues(data, { family: "2", state: "1", cookie: String(cookie), sk_mark: mark });
  assertValues(
    sent.find(({ flags }) => flags === SYN),
    { family: "2", state: "2" },
  );
  const asked = values(seen, "dev_hard_start_xmit", printed(seen, "netns wire1")).find(
    ({ flags }) => flags === SYN_ACK,
  );
  assertValues(asked, { family: "2", state: "12", sk_mark: undefined });
}

/** As the traffic of `module-icmp-mark` has asked for; nobody tells the number that AppArmor gave its label. */
function assertMarks(v4: readonly HopValues[], v6: readonly HopValues[]): void {
  const request = v4.find(({ type }) => type === "8");
  assertValues(request, { id: "4660", mark: "0x2a", priority: "0", family: "2" });
  assert.match(String(request?.["secmark"]), /^0x[1-9a-f][0-9a-f]*$/);
  assertValues(
    v6.find(({ type }) => type === "128"),
    { id: "22136", mark: "0x2b", secmark: "0x0", family: "10" },
  );
  assertValues(
    v4.find(({ type }) => type === undefined),
    { mark: "0x4d", secmark: "0x0", priority: "5", sk_mark: "0x4d" },
  );
}

/** TCP, ICMP and VLAN. */
export const moduleHeaders: readonly Scenario[] = [
  {
    name: "module-tcp-sock",
    why: "tcp shows what a packet socket captures, sock what ss shows, also of a connection that is only asked for",
    functions: ["dev_hard_start_xmit", "tcp_v4_rcv"],
    filter: { l4Protocols: [TCP], destinationPorts: [9020] },
    modules: ["tcp", "sock"],
    traffic: `
      print_netns wire0 wire1
      capture wire0 w
      in_ns wire1 timeout 30 socat -u TCP-LISTEN:9020 OPEN:/dev/null & listener=$!
      listening wire1 9020
      { until [ -e /tmp/shown ]; do sleep 0.1; done; echo 12345; } |
        in_ns wire0 timeout 30 socat -u - TCP:10.1.6.11:9020,setsockopt-int=1:36:42 & sender=$!
      until in_ns wire0 ss -Htne dport = :9020 | grep 'ESTAB.*fwmark'; do sleep 0.1; done
      touch /tmp/shown
      wait $sender $listener
      captured`,
    expect(seen) {
      const captured = frames(seen, [TCP]);
      const [sent, received] = [true, false].map((isSent) => captured.filter((frame) => frame.isSent === isSent));
      const left = printed(seen, "netns wire0");
      const shownSent = values(seen, "dev_hard_start_xmit", left).map((hop) => only(hop, TCP_FIELDS));
      assertSameSet(shownSent, sent?.map(tcpFields) ?? []);
      const shownReceived = values(seen, "tcp_v4_rcv", left).map((hop) => only(hop, TCP_FIELDS));
      assertSameSet(shownReceived, received?.map(tcpFields) ?? []);
      assertSocket(seen);
    },
  },
  {
    name: "module-icmp-mark",
    why: "icmp shows what a packet socket captures, mark what ping, nft and a socket's options have set",
    functions: ["dev_hard_start_xmit", "ip_output", "ip6_output", "icmp_rcv", "icmpv6_rcv"],
    filter: { l4Protocols: [ICMP, UDP, ICMPV6] },
    modules: ["icmp", "mark", "sock"],
    traffic: `
      print_netns client
      in_ns client nft 'table ip truths {
        secmark ours { "unconfined" }
        chain out { type filter hook output priority 0; icmp type echo-request meta secmark set "ours"; }
      }'
      capture client c0
      ping_once client 10.1.1.1 -e 4660 -m 42
      ping_once client fc01:1::1 -e 22136 -m 43
      echo datagram | in_ns client socat -u - UDP:10.1.1.1:7303,setsockopt-int=1:12:5,setsockopt-int=1:36:77
      sleep 0.2
      captured
      in_ns client nft delete table ip truths`,
    expect(seen) {
      const client = printed(seen, "netns client");
      const captured = frames(seen, [ICMP, ICMPV6]).map((frame) => ({ ...icmpFields(frame), isSent: frame.isSent }));
      const truths = (isSent: boolean): HopValues[] =>
        captured.filter((one) => one.isSent === isSent && OURS.has(one.type)).map((one) => only(one, ICMP_FIELDS));
      const shown = (name: string): HopValues[] =>
        values(seen, name, client)
          .filter(({ type }) => OURS.has(type))
          .map((hop) => only(hop, ICMP_FIELDS));
      assertSameSet(shown("dev_hard_start_xmit"), truths(true));
      const shownReceived = [...shown("icmp_rcv"), ...shown("icmpv6_rcv")];
      assertSameSet(shownReceived, truths(false));
      const unreachable = shownReceived.find(({ type, code }) => type === "3" && code === "3");
      assert.ok(unreachable !== undefined, "nothing but code 0 was seen");
      assertMarks(values(seen, "ip_output", client), values(seen, "ip6_output", client));
    },
  },
  {
    name: "module-vlan",
    why: "vlan shows the tag that a packet socket is told of, of 802.1Q and 802.1ad",
    functions: ["ip_output", "dev_hard_start_xmit"],
    filter: { l4Protocols: [ICMP], sourceIpv4: ["10.1.7.10", "10.1.8.10"], direction: Direction.DIRECTION_FORWARD },
    modules: ["vlan"],
    traffic: `
      print_ifindex host0 eth
      print_netns host0
      in_ns host0 ip link set eth.7 type vlan egress 0:5
      for n in 0 1; do
        in_ns host$n ip link add link eth name outer type vlan proto 802.1ad id 2748 egress 0:3
        in_ns host$n ip address add 10.1.8.1$n/24 dev outer
        in_ns host$n ip link set outer up
      done
      capture host0 eth
      ping_once host0 10.1.7.11
      ping_once host0 10.1.8.11
      captured
      for n in 0 1; do in_ns host$n ip link delete outer; done
      in_ns host0 ip link set eth.7 type vlan egress 0:0`,
    expect(seen) {
      const truths = sentFrames(seen.outcome.output, ICMP).map(vlanFields);
      const netns = printed(seen, "netns host0");
      const cable = printed(seen, "ifindex eth");
      const onCable = hopsAt(seen, "dev_hard_start_xmit", netns).filter(({ ifindex }) => ifindex === cable);
      const journeys = seen.journeys.map((journey) => ({
        ...journey,
        hops: journey.hops.filter((hop) => onCable.includes(hop)),
      }));
      assertSameSet(values({ ...seen, journeys }, "dev_hard_start_xmit"), truths);
      assert.deepEqual(truths, [
        { vlan_present: true, vlan_proto: String(0x8100), vlan_id: "7", vlan_pcp: "5" },
        { vlan_present: true, vlan_proto: String(0x88a8), vlan_id: "2748", vlan_pcp: "3" },
      ]);
      for (const hop of values(seen, "ip_output"))
        assertValues(hop, { vlan_present: false, vlan_id: "0", vlan_pcp: "0" });
    },
  },
];
