/** Filters and packets at random, of few different values, so that they often meet. */
import fc from "fast-check";
import { checkFilter } from "../../src/filter/check.js";
import { Filter } from "../../src/gen/ipftrace/v1/filter.js";
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import type { PacketFields } from "./reference.js";

const v4 = fc.constantFrom("10.0.0.1", "10.0.0.2", "10.128.0.1");
const v6 = fc.constantFrom("fc00::1", "fc00::2", "fd00::1");
const port = fc.constantFrom(1, 80, 20480);
const protocol = fc.constantFrom(0, 1, 6, 17, 132);
const marks = [0, 1, 0x8000_0001, 0xffff_ffff, 0x0000_1200];
const cgroups = [1n, 0x1_0000_0001n, 0xffff_ffff_ffff_ffffn];
const interfaces = ["lo", "eth0", "eth0.1", "fifteen-letters"];
const lengths = [40, 1500, 65_535];
const inodes = [4_026_531_840, 7];

const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 3 });
/** Asked for seldom: five fields more would leave hardly a packet. */
const rare = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary: list(value) });
const withLength = (address: fc.Arbitrary<string>, bits: number[]) =>
  fc.tuple(address, fc.constantFrom(...bits)).map(([text, length]) => `${text}/${length}`);

const anyEntry = fc.record({
  ipVersion: fc.constantFrom(0 as const, 0 as const, 4 as const, 6 as const),
  direction: fc.constantFrom(0 as const, 2 as const),
  l4Protocols: list(protocol),
  sourceIpv4: list(withLength(v4, [0, 8, 9, 31, 32])),
  destinationIpv4: rare(withLength(v4, [9, 32])),
  sourceIpv6: list(withLength(v6, [0, 7, 8, 33, 127, 128])),
  destinationIpv6: rare(withLength(v6, [8, 128])),
  sourcePorts: rare(port),
  destinationPorts: rare(port),
  marks: rare(
    fc.oneof(
      fc.constantFrom(...marks).map((value) => ({ value, mask: 0 })),
      fc
        .constantFrom(0xff, 0x8000_0000, 0xffff_ffff)
        .chain((mask) => fc.constantFrom(...marks).map((value) => ({ value: (value & mask) >>> 0, mask }))),
    ),
  ),
  interfaceNames: rare(fc.constantFrom(...interfaces)),
  netns: rare(fc.constantFrom(...inodes).map((value) => ({ namespace: { $case: "inode" as const, value } }))),
  lengths: rare(
    fc.constantFrom({ min: 41, max: 0 }, { min: 0, max: 1499 }, { min: 40, max: 40 }, { min: 1500, max: 65_534 }),
  ),
  cgroupIds: rare(fc.constantFrom(...cgroups)),
});

/** A filter without faults. */
export const anyFilter = fc
  .record({ allow: fc.array(anyEntry, { maxLength: 3 }), deny: fc.array(anyEntry, { maxLength: 2 }) })
  .map((filter) => Filter.fromPartial(filter))
  .filter((filter) => checkFilter(filter).length === 0);

/** The flow of a packet. */
export const anyFlow = fc
  .record({
    l3Protocol: fc.constantFrom(0x0800, 0x86dd),
    l4Protocol: protocol,
    source: fc.nat(2),
    destination: fc.nat(2),
    sourcePort: port,
    destinationPort: port,
    laterFragment: fc.boolean(),
  })
  .map(({ source, destination, ...rest }) => {
    const hex =
      rest.l3Protocol === 0x86dd
        ? ["fc", "fc", "fd"].map((first, index) => `${first}${"00".repeat(14)}0${[1, 2, 1][index]}`)
        : ["0a000001", "0a000002", "0a800001"];
    return Flow.create({
      ...rest,
      source: Buffer.from(hex[source] ?? "", "hex"),
      destination: Buffer.from(hex[destination] ?? "", "hex"),
    });
  });

/** What the kernel knows of a packet beside its flow. */
export const anyFields: fc.Arbitrary<PacketFields> = fc.record({
  mark: fc.constantFrom(...marks),
  length: fc.constantFrom(...lengths),
  netns: fc.constantFrom(0, ...inodes),
  interfaceName: fc.constantFrom("", ...interfaces, "eth1"),
  cgroup: fc.constantFrom(0n, ...cgroups),
});
