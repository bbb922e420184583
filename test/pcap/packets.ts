/**
 * Ethernet frames of every kind that filter expressions know, with addresses and ports from small
 * pools, so that an expression matches some and not others.
 */
import fc from "fast-check";

/** Values that packets and expressions have in common. */
export const pools = {
  macs: ["02:00:00:00:00:01", "02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:05", "33:33:00:00:00:01"],
  ipv4: ["10.0.0.1", "10.0.0.2", "10.0.1.10", "192.168.7.1", "224.0.0.5", "255.255.255.255", "128.3.0.9"],
  ipv6: ["fc00::1", "fc00::2", "fe80::1", "ff02::1", "2001:db8::5:7"],
  ports: [20, 21, 53, 80, 443, 1024, 4789, 6081, 8080, 40_000],
  vlans: [1, 10, 100, 200, 4095],
} as const;

const u8 = (value: number) => Buffer.from([value & 0xff]);
const u16 = (value: number) => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const u32 = (value: number) => Buffer.concat([u16(value >>> 16), u16(value)]);
const join = (...parts: Buffer[]) => Buffer.concat(parts);

const mac = fc.constantFrom(...pools.macs).map((text) => Buffer.from(text.replaceAll(":", ""), "hex"));
const ipv4Address = fc.constantFrom(...pools.ipv4).map((text) => Buffer.from(text.split(".").map(Number)));
const ipv6Address = fc.constantFrom(...pools.ipv6).map(ipv6Bytes);
const port = fc.constantFrom(...pools.ports).map(u16);
const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: "max" }).map((array) => Buffer.from(array));
const words = (max: number) => fc.nat(max).chain((count) => bytesOf(count * 4));
const byte = fc.nat(255);
const wide = fc.nat(0xffff);

function bytesOf(length: number) {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
}

function ipv6Bytes(text: string): Buffer {
  const [head = "", tail = ""] = text.split("::").map((half) => half);
  const groups = (half: string) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = new Array(8 - before.length - after.length).fill(0);
  return join(...[...before, ...zeros, ...after].map(u16));
}

/** A transport header with its protocol number. */
interface Transport {
  readonly protocol: number;
  readonly bytes: Buffer;
}

const tcp = fc
  .tuple(port, port, fc.nat(0xffff_ffff), byte, words(10), bytes(40))
  .map(([from, to, sequence, flags, options, payload]) =>
    transport(
      6,
      from,
      to,
      u32(sequence),
      u32(7),
      u8(((5 + options.length / 4) & 0xf) << 4),
      u8(flags),
      u16(1024),
      u32(0),
      options,
      payload,
    ),
  );
const udp = fc
  .tuple(port, port, bytes(40))
  .map(([from, to, payload]) => transport(17, from, to, u16(8 + payload.length), u16(0), payload));
const sctp = fc
  .tuple(port, port, bytes(24))
  .map(([from, to, chunks]) => transport(132, from, to, u32(9), u32(0), chunks));
const icmp = fc
  .tuple(fc.constantFrom(0, 3, 5, 8, 11, 13), fc.nat(3), bytes(20))
  .map(([type, code, rest]) => transport(1, u8(type), u8(code), u16(0), rest));
const icmpv6 = fc
  .tuple(fc.constantFrom(1, 128, 129, 133, 135, 136), fc.nat(3), bytes(20))
  .map(([type, code, rest]) => transport(58, u8(type), u8(code), u16(0), rest));
const other = fc
  .tuple(fc.constantFrom(0, 2, 9, 33, 50, 51, 88, 89, 103, 112, 136, 253), fc.nat(9), fc.nat(9), bytes(40))
  .map(([protocol, first, second, rest]) => transport(protocol, u8(first), u8(second), rest));

function transport(protocol: number, ...parts: Buffer[]): Transport {
  return { protocol, bytes: join(...parts) };
}

const simpleTransport = fc.oneof(tcp, tcp, udp, sctp, icmp, icmpv6, other);

/** First fragments, later ones, the flag not to fragment; most packets have none. */
const fragment = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(0x4000, 0x2000, 0x2005, 0x0007, 0x1fff) },
);

function ipv4Of(payload: fc.Arbitrary<Transport>) {
  return fc
    .tuple(ipv4Address, ipv4Address, payload, words(10), fragment, byte, byte)
    .map(([from, to, { protocol, bytes: body }, options, place, tos, ttl]) =>
      join(
        u8(0x40 | (5 + options.length / 4)),
        u8(tos),
        u16(20 + options.length + body.length),
        u16(0x1234),
        u16(place),
        u8(ttl),
        u8(protocol),
        u16(0),
        from,
        to,
        options,
        body,
      ),
    );
}

/** Extension headers, then the transport. */
function extended({ protocol, bytes: body }: Transport, kinds: readonly number[]): Transport {
  return kinds.reduceRight<Transport>(
    (next, kind) => transport(kind, u8(next.protocol), u8(0), Buffer.alloc(6, kind), next.bytes),
    { protocol, bytes: body },
  );
}

function ipv6Of(payload: fc.Arbitrary<Transport>) {
  const kinds = fc.array(fc.constantFrom(0, 43, 44, 60), { maxLength: 2 });
  return fc
    .tuple(ipv6Address, ipv6Address, payload, kinds, fc.nat(0xfff_ffff), byte)
    .map(([from, to, inner, headers, flow, hops]) => {
      const { protocol, bytes: body } = extended(inner, headers);
      return join(u32(0x6000_0000 + flow), u16(body.length), u8(protocol), u8(hops), from, to, body);
    });
}

const plainIp = fc.oneof(ipv4Of(simpleTransport), ipv6Of(simpleTransport));

const arp = fc
  .tuple(fc.constantFrom(1, 2, 3), mac, ipv4Address, mac, ipv4Address)
  .map(([operation, ...parts]) => join(u16(1), u16(0x0800), u8(6), u8(4), u16(operation), ...parts));

interface Typed {
  readonly etherType: number;
  readonly bytes: Buffer;
}

const typedIp = plainIp.map((packet): Typed => ({ etherType: etherTypeOf(packet), bytes: packet }));

function etherTypeOf(packet: Buffer): number {
  return (packet[0] ?? 0) >> 4 === 4 ? 0x0800 : 0x86dd;
}

function ethernetOf(payload: fc.Arbitrary<Typed>) {
  return fc
    .tuple(mac, mac, payload)
    .map(([to, from, { etherType, bytes: body }]) => join(to, from, u16(etherType), body));
}

const innerFrame = ethernetOf(typedIp);

/** Packets within packets, each as what the outer IP header carries. */
const tunnel = fc.oneof(
  fc
    .tuple(port, innerFrame)
    .map(([from, frame]) => transport(17, from, u16(4789), u32(0), u32(0x0800_0000), u32(0x2a00), frame)),
  fc
    .tuple(port, fc.constantFrom(0x0a, 0x0b), words(3), innerFrame)
    .map(([from, vni, options, frame]) =>
      transport(17, from, u16(6081), u32(0), u8(options.length / 4), u8(0), u16(0x6558), u32(vni << 8), options, frame),
    ),
  typedIp.map(({ etherType, bytes: packet }) => transport(47, u16(0), u16(etherType), packet)),
  fc.tuple(fc.nat(999), innerFrame).map(([key, frame]) => transport(47, u16(0x2000), u16(0x6558), u32(key), frame)),
  plainIp.map((packet) => transport(etherTypeOf(packet) === 0x0800 ? 4 : 41, packet)),
);

const tunnelled = fc
  .oneof(ipv4Of(tunnel), ipv6Of(tunnel))
  .map((packet): Typed => ({ etherType: etherTypeOf(packet), bytes: packet }));

const odd: fc.Arbitrary<Typed> = fc.oneof(
  fc.tuple(fc.constantFrom(0x0806, 0x8035), arp).map(([etherType, body]) => ({ etherType, bytes: body })),
  // MPLS: labels, the last one marked.
  fc.tuple(fc.constantFrom(1024, 100_000), fc.constantFrom(1024, 30), plainIp).map(([label, last, packet]) => ({
    etherType: 0x8847,
    bytes: join(u32(label * 4096), u32(last * 4096 + 0x100), packet),
  })),
  // PPPoE discovery and session.
  fc.tuple(fc.constantFrom(0x8863, 0x8864), fc.constantFrom(0x27, 1), plainIp).map(([etherType, session, packet]) => ({
    etherType,
    bytes: join(
      u16(0x1100),
      u16(session),
      u16(packet.length + 2),
      u16((packet[0] ?? 0) >> 4 === 4 ? 0x21 : 0x57),
      packet,
    ),
  })),
  // IEEE 802.3: a length in place of a type, then LLC (spanning tree, ISO, NetBEUI, IPX, SNAP).
  fc
    .tuple(fc.constantFrom(0x4242, 0xf0f0, 0xe0e0, 0xaaaa), bytes(60))
    .map(([sap, rest]) => ({ etherType: rest.length + 3, bytes: join(u16(sap), u8(3), rest) })),
  // SNAP with AppleTalk and AARP.
  fc.tuple(fc.constantFrom([0x080007, 0x809b], [0, 0x80f3]), bytes(20)).map(([[oui = 0, type = 0], rest]) => ({
    etherType: rest.length + 8,
    bytes: join(u16(0xaaaa), u8(3), u8(oui >> 16), u16(oui), u16(type), rest),
  })),
  // ISO: CLNP, ES-IS, IS-IS with each type of PDU.
  fc
    .tuple(fc.constantFrom(0x81, 0x82, 0x83), fc.constantFrom(15, 16, 17, 18, 20, 24, 25, 26, 27), bytes(30))
    .map(([protocol, pdu, rest]) => ({
      etherType: rest.length + 8,
      bytes: join(u16(0xfefe), u8(3), u8(protocol), u8(27), u8(1), u8(0), u8(pdu), rest),
    })),
  fc
    .tuple(fc.constantFrom(0x6001, 0x6002, 0x6003, 0x6004, 0x809b, 0x80f3, 0x8137, 0x9000), bytes(60))
    .map(([etherType, rest]) => ({ etherType, bytes: rest })),
  fc.tuple(wide, bytes(60)).map(([etherType, rest]) => ({ etherType, bytes: rest })),
);

const untagged = fc.oneof(
  { weight: 6, arbitrary: typedIp },
  { weight: 3, arbitrary: tunnelled },
  { weight: 2, arbitrary: odd },
);

const tagged = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(0x8100, 0x8100, 0x88a8, 0x9100), fc.constantFrom(...pools.vlans)), {
      minLength: 1,
      maxLength: 2,
    }),
    untagged,
  )
  .map(([tags, inner]) =>
    tags.reduceRight<Typed>(
      (next, [type, vlan]) => ({ etherType: type, bytes: join(u16(0x6000 | vlan), u16(next.etherType), next.bytes) }),
      inner,
    ),
  );

/** A frame, 14-504 bytes. */
export const frame: fc.Arbitrary<Buffer> = ethernetOf(
  fc.oneof({ weight: 4, arbitrary: untagged }, { weight: 1, arbitrary: tagged }),
).map((whole) => whole.subarray(0, 504));
