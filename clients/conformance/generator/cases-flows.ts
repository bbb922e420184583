/** Packets: protocols, addresses, and flows that change under way. */
import { CustomKind } from "../../../src/gen/ipftrace/v1/custom.js";
import { Flow } from "../../../src/gen/ipftrace/v1/flow.js";
import { batch, ended, flow, hop, journey, schemas, started, stream, value } from "./build.js";
import type { Case } from "./case.js";

const oneHop = { startTimeNs: 5n, hops: [hop(0n, "x")] };

const protocols: Case = {
  name: "protocols",
  about: "The name of every transport protocol, or its number.",
  messages: stream([
    started(),
    ...[0, 128].map((first) =>
      batch(
        ...Array.from({ length: 128 }, (_, index) =>
          journey(BigInt(first + index + 1), { ...oneHop, flow: flow(first + index, "10.0.0.1", "10.0.0.2") }),
        ),
      ),
    ),
    ended(),
  ]),
};

const etherTypes = [
  0, 1, 4, 0x0806, 0x6558, 0x8035, 0x8100, 0x8847, 0x8848, 0x8863, 0x8864, 0x888e, 0x88a8, 0x88cc, 0x88e5, 0x88f7,
  0x0bad, 0x88b5, 0xffff,
];
const others: Case = {
  name: "ether-types",
  about: "Packets that are not IP: the name of the EtherType, or its number, and no addresses.",
  messages: stream([
    started(),
    batch(
      ...etherTypes.map((l3Protocol, index) =>
        journey(BigInt(index + 1), { ...oneHop, flow: { ...Flow.create(), l3Protocol } }),
      ),
    ),
    ended(),
  ]),
};

const addresses = [
  "::",
  "::1",
  "fc00::1",
  "2001:db8::",
  "2001:db8:0:0:1::1",
  "2001:0:0:1::1",
  "2001:db8:0:1:1:1:1:1",
  "::ffff:10.0.1.10",
  "::10.0.1.10",
  "64:ff9b::10.0.1.10",
  "::2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7::",
  "FE80::ABCD",
];
const ipv6: Case = {
  name: "ipv6",
  about: "IPv6 addresses as RFC 5952 writes them, ports behind them without brackets, ICMPv6.",
  messages: stream([
    started(),
    batch(
      ...addresses.map((source, index) =>
        journey(BigInt(index + 1), { ...oneHop, flow: flow(6, `${source} 80`, "fc00::2") }),
      ),
      journey(90n, { ...oneHop, flow: flow(58, "fc00::1", "fc00::2", { icmp: { type: 128, code: 0 } }) }),
      journey(91n, { ...oneHop, flow: { ...flow(6, "fc00::1 80", "fc00::2 81"), source: Buffer.from([1, 2, 3]) } }),
      journey(92n, { ...oneHop, flow: { ...flow(6, "10.0.0.1 80", "10.0.0.2"), source: Buffer.alloc(0) } }),
    ),
    ended(),
  ]),
};

const fragment = { laterFragment: true };
const changes: Case = {
  name: "changed-flows",
  about:
    "Flows that change under way (NAT, encapsulation) get a column, also beside custom data; fragments have no ports.",
  messages: stream([
    started({ schemas: schemas({ len: [{ name: "len", kind: CustomKind.CUSTOM_KIND_UNSIGNED }] }) }),
    batch(
      journey(1n, {
        startTimeNs: 40_159_845_578n,
        flow: flow(6, "10.0.1.10 56304", "10.0.1.1 8080"),
        hops: [
          hop(0n, "ip_rcv"),
          hop(123_764n, "ip_route_input_noref", { flow: flow(6, "10.0.1.10 56304", "10.0.2.20 80") }),
          hop(4_392_143n, "ip_finish_output2", { flow: flow(6, "10.0.2.1 56304", "10.0.2.20 80") }),
          hop(4_425_673n, "dev_hard_start_xmit"),
        ],
      }),
      journey(2n, {
        startTimeNs: 7n,
        flow: flow(17, "10.0.0.1", "10.0.0.2 53", fragment),
        hops: [
          hop(0n, "ip_output", { custom: [value(1, 84n)] }),
          hop(1n, "ip6_output", { flow: flow(41, "fc00::1", "fc00::2"), custom: [value(1, 124n)] }),
          hop(2n, "arp_rcv", { flow: { ...Flow.create(), l3Protocol: 0x0806 } }),
        ],
      }),
    ),
    ended(),
  ]),
};

/** What clients say of packets. */
export const flowCases: Case[] = [protocols, others, ipv6, changes];
