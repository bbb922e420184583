/** Ethernet frames byte by byte, each with the flow that a correct parser finds in it. */
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";

/** A frame and what it says; `flow` is undefined for what is not IP. */
export interface FrameCase {
  readonly name: string;
  readonly frame: Buffer;
  readonly flow: Flow | undefined;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ARP = 0x0806;
const VLAN = 0x8100;
const QINQ = 0x88a8;
const PORTS = { TCP: 6, UDP: 17, DCCP: 33, SCTP: 132, UDPLITE: 136 } as const;

/** An IPv4 address of the frames. */
export const v4 = (last: number) => Buffer.from([10, 77, 0, last]);
/** An IPv6 address of the frames. */
export const v6 = (last: number) => Buffer.from([0xfc, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
const DESTINATION_V4 = Buffer.from([10, 77, 1, 1]);
const DESTINATION_V6 = Buffer.from([0xfc, 0x77, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

/** A number of 16 bits in network order. */
export const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);

/** A frame to all stations. */
export function ethernet(etherType: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(6, 0xff), Buffer.from([2, 0, 0, 0, 0, 1]), u16(etherType), payload]);
}

/** A tag in the packet: TCI with VLAN 7, priority 2 (so that its first nibble is 4), then the next EtherType. */
function tag(next: number, payload: Buffer): Buffer {
  return Buffer.concat([u16(0x4007), u16(next), payload]);
}

interface V4 {
  readonly source: Buffer;
  readonly protocol: number;
  /** Multiple of 4 bytes. */
  readonly options?: Buffer;
  /** In units of 8 bytes. */
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
}

/** An IPv4 packet. */
export function ipv4(
  { source, protocol, options = Buffer.alloc(0), fragmentOffset = 0, moreFragments = false }: V4,
  payload: Buffer,
): Buffer {
  const bytes = 20 + options.length;
  const fragment = u16((moreFragments ? 0x2000 : 0) | fragmentOffset);
  const head = Buffer.concat([
    Buffer.from([0x40 | (bytes / 4), 0]),
    u16(bytes + payload.length),
    u16(0x1234),
    fragment,
    Buffer.from([64, protocol, 0, 0]),
    source,
    DESTINATION_V4,
    options,
  ]);
  let sum = 0;
  for (let at = 0; at < head.length; at += 2) sum += head.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  head.writeUInt16BE(~sum & 0xffff, 10);
  return Buffer.concat([head, payload]);
}

/** An IPv6 packet. */
export function ipv6(source: Buffer, next: number, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([0x60, 0, 0, 0]),
    u16(payload.length),
    Buffer.from([next, 64]),
    source,
    DESTINATION_V6,
    payload,
  ]);
}

/** An extension header of `units` 8-byte units beyond the first (RFC 8200 §4), filled with Pad1. */
function extension(next: number, units: number): Buffer {
  const header = Buffer.alloc(8 + units * 8);
  header[0] = next;
  header[1] = units;
  return header;
}

/** A fragment header (RFC 8200 §4.5). */
function fragmentHeader(next: number, offset: number, more: boolean): Buffer {
  return Buffer.concat([Buffer.from([next, 0]), u16((offset << 3) | Number(more)), Buffer.from([0, 0, 0, 9])]);
}

/** An authentication header (RFC 4302) of 24 bytes: its length counts 4-byte units, less 2. */
function authentication(next: number): Buffer {
  return Buffer.concat([Buffer.from([next, 4]), Buffer.alloc(22, 1)]);
}

/** A transport header whose first four bytes are the ports. */
export function transport(source: number, destination: number): Buffer {
  return Buffer.concat([u16(source), u16(destination), Buffer.alloc(28, 0x50)]);
}

function flowV4(source: Buffer, protocol: number, rest: Partial<Flow> = {}): Flow {
  return Flow.fromPartial({ l3Protocol: IPV4, l4Protocol: protocol, source, destination: DESTINATION_V4, ...rest });
}

function flowV6(source: Buffer, protocol: number, rest: Partial<Flow> = {}): Flow {
  return Flow.fromPartial({ l3Protocol: IPV6, l4Protocol: protocol, source, destination: DESTINATION_V6, ...rest });
}

const TCP_PORTS = { sourcePort: 4001, destinationPort: 80 };

function v4Case(
  last: number,
  name: string,
  header: Omit<V4, "source">,
  payload: Buffer,
  rest: Partial<Flow>,
): FrameCase {
  const source = v4(last);
  const frame = ethernet(IPV4, ipv4({ ...header, source }, payload));
  return { name, frame, flow: flowV4(source, header.protocol, rest) };
}

/** IPv6 with extension headers, in the order given, before a transport. */
function v6Case(
  last: number,
  name: string,
  chain: readonly [number, Buffer][],
  protocol: number,
  payload: Buffer,
  rest: Partial<Flow>,
): FrameCase {
  const source = v6(last);
  const first = chain[0]?.[0] ?? protocol;
  const body = Buffer.concat([...chain.map(([, bytes]) => bytes), payload]);
  return { name, frame: ethernet(IPV6, ipv6(source, first, body)), flow: flowV6(source, protocol, rest) };
}

function v4Cases(): FrameCase[] {
  const tcp = transport(4001, 80);
  const options = Buffer.from([7, 7, 4, 0, 0, 0, 0, 0]);
  return [
    v4Case(1, "IPv4 TCP", { protocol: 6 }, tcp, TCP_PORTS),
    v4Case(2, "IPv4 TCP behind options", { protocol: 6, options }, tcp, TCP_PORTS),
    v4Case(3, "IPv4 TCP behind the most options", { protocol: 6, options: Buffer.alloc(40, 1) }, tcp, TCP_PORTS),
    v4Case(4, "IPv4 first fragment", { protocol: 17, moreFragments: true }, transport(53, 5353), {
      sourcePort: 53,
      destinationPort: 5353,
    }),
    v4Case(5, "IPv4 later fragment", { protocol: 17, fragmentOffset: 4 }, transport(53, 5353), { laterFragment: true }),
    v4Case(6, "IPv4 echo request", { protocol: 1 }, Buffer.from([8, 0, 0, 0, 0, 1, 0, 1]), {
      icmp: { type: 8, code: 0 },
    }),
    v4Case(7, "IPv4 unreachable", { protocol: 1 }, Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), {
      icmp: { type: 3, code: 3 },
    }),
    v4Case(8, "IPv4 protocol 253", { protocol: 253 }, transport(1, 2), {}),
    ...Object.entries(PORTS).map(([name, protocol], i) =>
      v4Case(20 + i, `IPv4 ${name} ports`, { protocol }, transport(80, 4001), {
        sourcePort: 80,
        destinationPort: 4001,
      }),
    ),
  ];
}

function v6Cases(): FrameCase[] {
  const tcp = transport(4001, 80);
  const [hop, routing, fragment, ah, destination] = [0, 43, 44, 51, 60];
  return [
    v6Case(1, "IPv6 TCP", [], 6, tcp, TCP_PORTS),
    v6Case(2, "IPv6 TCP behind hop-by-hop options", [[hop, extension(6, 1)]], 6, tcp, TCP_PORTS),
    v6Case(3, "IPv6 TCP behind routing", [[routing, extension(6, 2)]], 6, tcp, TCP_PORTS),
    v6Case(4, "IPv6 TCP behind destination options", [[destination, extension(6, 0)]], 6, tcp, TCP_PORTS),
    v6Case(5, "IPv6 TCP behind an authentication header", [[ah, authentication(6)]], 6, tcp, TCP_PORTS),
    v6Case(
      6,
      "IPv6 TCP behind four extension headers",
      [
        [hop, extension(destination, 0)],
        [destination, extension(routing, 1)],
        [routing, extension(fragment, 0)],
        [fragment, fragmentHeader(6, 0, true)],
      ],
      6,
      tcp,
      TCP_PORTS,
    ),
    v6Case(7, "IPv6 first fragment", [[fragment, fragmentHeader(17, 0, true)]], 17, transport(53, 80), {
      sourcePort: 53,
      destinationPort: 80,
    }),
    v6Case(8, "IPv6 later fragment", [[fragment, fragmentHeader(17, 8, false)]], 17, transport(53, 80), {
      laterFragment: true,
    }),
    v6Case(9, "ICMPv6 echo request", [], 58, Buffer.from([128, 0, 0, 0, 0, 1, 0, 1]), { icmp: { type: 128, code: 0 } }),
    v6Case(10, "IPv6 without next header", [], 59, Buffer.alloc(8), {}),
    v6Case(11, "IPv6 ESP ends the walk", [], 50, Buffer.alloc(24, 6), {}),
  ];
}

function taggedCases(): FrameCase[] {
  const tcp = transport(4001, 80);
  const inV4 = (last: number) => ipv4({ source: v4(last), protocol: 6 }, tcp);
  return [
    { name: "VLAN, IPv4 TCP", frame: ethernet(VLAN, tag(IPV4, inV4(40))), flow: flowV4(v4(40), 6, TCP_PORTS) },
    {
      name: "QinQ, IPv4 TCP",
      frame: ethernet(QINQ, tag(VLAN, tag(IPV4, inV4(41)))),
      flow: flowV4(v4(41), 6, TCP_PORTS),
    },
    {
      name: "VLAN, IPv6 TCP",
      frame: ethernet(VLAN, tag(IPV6, ipv6(v6(42), 6, tcp))),
      flow: flowV6(v6(42), 6, TCP_PORTS),
    },
  ];
}

/** Every frame; each IP one has a source address of its own. */
export function frameCases(): FrameCase[] {
  const arp = ethernet(ARP, Buffer.from([0, 1, 8, 0, 6, 4, 0, 1, ...Buffer.alloc(20, 0x4a)]));
  // An EtherType that is not IP, over bytes that look like IPv4.
  const impostor = ethernet(0x88cc, ipv4({ source: v4(50), protocol: 6 }, transport(4001, 80)));
  return [
    ...v4Cases(),
    ...v6Cases(),
    ...taggedCases(),
    { name: "ARP", frame: arp, flow: undefined },
    { name: "LLDP that looks like IPv4", frame: impostor, flow: undefined },
  ];
}
