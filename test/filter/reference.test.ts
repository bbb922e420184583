import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePrefix } from "../../src/filter/addresses.js";
import { checkFilter } from "../../src/filter/check.js";
import { Direction, Filter, type FlowFilter, IpVersion } from "../../src/gen/ipftrace/v1/filter.js";
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import { matchesFlow } from "./reference.js";

const icmp = 1;
const tcp = 6;
const udp = 17;
const icmpv6 = 58;

interface Packet extends Partial<Flow> {
  readonly from?: string;
  readonly to?: string;
}

function packet({ from = "10.0.1.10", to = "10.0.1.11", ...rest }: Packet = {}): Flow {
  const version = from.includes(":") ? 6 : 4;
  const l3Protocol = version === 4 ? 0x0800 : 0x86dd;
  return Flow.create({ l3Protocol, source: bytesOf(from), destination: bytesOf(to), l4Protocol: tcp, ...rest });
}

function bytesOf(text: string): Buffer {
  const parsed = parsePrefix(text, text.includes(":") ? 6 : 4);
  assert.ok("value" in parsed, text);
  return Buffer.from(parsed.value.bytes);
}

const v6 = { from: "fc00::1", to: "fc00::2" };
const oneWay = Direction.DIRECTION_FORWARD;

type Case = [what: string, filter: Partial<FlowFilter>, flow: Flow, passes: boolean];
const cases: Case[] = [
  ["an empty condition passes IPv4", {}, packet(), true],
  ["an empty condition passes IPv6", {}, packet(v6), true],
  ["ARP never passes", {}, packet({ l3Protocol: 0x0806 }), false],
  ["a packet without a network protocol never passes", {}, packet({ l3Protocol: 0 }), false],
  ["IP version 4 stops IPv6", { ipVersion: IpVersion.IP_VERSION_4 }, packet(v6), false],
  ["IP version 6 passes IPv6", { ipVersion: IpVersion.IP_VERSION_6 }, packet(v6), true],
  ["a protocol passes its packets", { l4Protocols: [icmp] }, packet({ l4Protocol: icmp }), true],
  ["a protocol stops others", { l4Protocols: [icmp] }, packet({ l4Protocol: udp }), false],
  ["ICMP does not mean ICMPv6", { l4Protocols: [icmp] }, packet({ ...v6, l4Protocol: icmpv6 }), false],
  ["protocol 0 is a protocol", { l4Protocols: [0] }, packet(), false],
  ["a source passes its packets", { sourceIpv4: ["10.0.1.10"], direction: oneWay }, packet(), true],
  ["a source stops others", { sourceIpv4: ["10.0.1.12"] }, packet(), false],
  ["a source stops the reply, one way", { sourceIpv4: ["10.0.1.11"], direction: oneWay }, packet(), false],
  ["a source passes the reply, both ways", { sourceIpv4: ["10.0.1.11"] }, packet(), true],
  ["a prefix passes its addresses", { destinationIpv4: ["10.0.0.0/15"], direction: oneWay }, packet(), true],
  ["a prefix stops others", { destinationIpv4: ["10.2.0.0/15"] }, packet(), false],
  ["a condition on IPv4 does not apply to IPv6", { sourceIpv4: ["10.0.1.12"] }, packet(v6), true],
  ["a condition on IPv6 does not apply to IPv4", { sourceIpv6: ["fc00::9"] }, packet(), true],
  [
    "of conditions on both, IPv4's applies to IPv4",
    { sourceIpv4: ["10.9.9.9"], sourceIpv6: ["fc00::1"] },
    packet(),
    false,
  ],
  [
    "of conditions on both, IPv6's applies to IPv6",
    { sourceIpv4: ["10.9.9.9"], sourceIpv6: ["fc00::1"] },
    packet(v6),
    true,
  ],
  ["source port 80 passes TCP from 80", { sourcePorts: [80] }, packet({ sourcePort: 80 }), true],
  ["source port 80 stops TCP from 81", { sourcePorts: [80] }, packet({ sourcePort: 81 }), false],
  ["source port 80 stops its byte-swapped twin", { sourcePorts: [80] }, packet({ sourcePort: 20480 }), false],
  ["source port 80 passes UDP from 80", { sourcePorts: [80] }, packet({ l4Protocol: udp, sourcePort: 80 }), true],
  ["source port 80 stops UDP from 81", { sourcePorts: [80] }, packet({ l4Protocol: udp, sourcePort: 81 }), false],
  ["a port stops protocols without ports", { sourcePorts: [80] }, packet({ l4Protocol: icmp }), false],
  ["a port stops later fragments", { sourcePorts: [80] }, packet({ laterFragment: true, sourcePort: 80 }), false],
  ["later fragments pass a filter without ports", { l4Protocols: [tcp] }, packet({ laterFragment: true }), true],
  ["a source port passes the reply to it", { sourcePorts: [80] }, packet({ destinationPort: 80 }), true],
  ["one way, it does not", { sourcePorts: [80], direction: oneWay }, packet({ destinationPort: 80 }), false],
  [
    "a reply is exchanged as a whole, never by halves",
    { sourceIpv4: ["10.0.1.10"], sourcePorts: [80] },
    packet({ sourcePort: 5000, destinationPort: 80 }),
    false,
  ],
  [
    "address and port of one end pass together",
    { destinationIpv4: ["10.0.1.10"], destinationPorts: [80] },
    packet({ sourcePort: 80, destinationPort: 5000 }),
    true,
  ],
];

describe("matchesFlow", () => {
  for (const [what, condition, flow, passes] of cases) {
    it(what, () => {
      const filter = Filter.create({ allow: [condition] });
      assert.deepEqual(checkFilter(filter), []);
      assert.equal(matchesFlow(filter, flow), passes);
    });
  }

  it("passes everything but other protocols without a filter", () => {
    assert.equal(matchesFlow(undefined, packet()), true);
    assert.equal(matchesFlow(undefined, packet({ l3Protocol: 0x0806 })), false);
  });
});
