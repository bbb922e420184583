import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { IpftraceError } from "../../src/errors.js";
import { formatAddress } from "../../src/filter/addresses.js";
import { checkFilter, encodeFlowFilter, flowFilterLayout, followsAnyProtocol } from "../../src/filter/flow-filter.js";
import { filterLimits } from "../../src/filter/limits.js";
import { Filter, type FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";
import { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import { matchesStruct } from "./kernel-model.js";
import { matchesFlow } from "./reference.js";

function filterOf(condition: Parameters<typeof FlowFilter.create>[0]): Filter {
  return Filter.create({ allow: [condition ?? {}] });
}

describe("checkFilter", () => {
  const fine: [what: string, filter: Filter | undefined][] = [
    ["no filter", undefined],
    ["an empty filter", Filter.create()],
    ["an empty condition", filterOf({})],
    ["conditions on both families", filterOf({ sourceIpv4: ["10.0.0.0/8"], sourceIpv6: ["fc00::/7"] })],
    ["a port alone", filterOf({ sourcePorts: [80] })],
    ["a port with UDP", filterOf({ destinationPorts: [53], l4Protocols: [17] })],
    ["protocol 0 and 255", filterOf({ l4Protocols: [255] })],
    ["IP version 4 with an IPv4 address", filterOf({ ipVersion: 4, destinationIpv4: ["10.0.0.1"] })],
    ["every enumerator", filterOf({ ipVersion: 6, direction: 2 })],
  ];
  for (const [what, filter] of fine) {
    it(`accepts ${what}`, () => assert.deepEqual(checkFilter(filter), []));
  }

  const entry = "filter.allow[0]";
  const faulty: [what: string, filter: Filter, field: string, description: RegExp][] = [
    [
      "a bad IPv4 source",
      filterOf({ sourceIpv4: ["host"] }),
      `${entry}.source_ipv4[0]`,
      /"host" is not an IPv4 address/,
    ],
    ["an empty address", filterOf({ sourceIpv4: [""] }), `${entry}.source_ipv4[0]`, /"" is not/],
    ["a bad prefix", filterOf({ destinationIpv4: ["10.0.0.0/40"] }), `${entry}.destination_ipv4[0]`, /0-32/],
    ["IPv4 given as IPv6", filterOf({ sourceIpv6: ["10.0.0.1"] }), `${entry}.source_ipv6[0]`, /is an IPv4 address/],
    ["a bad IPv6 destination", filterOf({ destinationIpv6: ["1::2::3"] }), `${entry}.destination_ipv6[0]`, /once/],
    ["source port 0", filterOf({ sourcePorts: [0] }), `${entry}.source_ports[0]`, /^0 is not a port: give 1-65535$/],
    ["destination port 65536", filterOf({ destinationPorts: [65536] }), `${entry}.destination_ports[0]`, /65536/],
    ["protocol 256", filterOf({ l4Protocols: [256] }), `${entry}.l4_protocols[0]`, /^256 .*0-255/],
    ["an unknown IP version", filterOf({ ipVersion: 5 as 4 }), `${entry}.ip_version`, /^5 is not an IP version/],
    ["an unrecognised IP version", filterOf({ ipVersion: -1 }), `${entry}.ip_version`, /^-1/],
    ["an unknown direction", filterOf({ direction: 3 as 2 }), `${entry}.direction`, /^3 is not a direction/],
    [
      "IP version 4 with an IPv6 source",
      filterOf({ ipVersion: 4, sourceIpv6: ["fc00::1"] }),
      `${entry}.source_ipv6`,
      /source_ipv6 and ip_version 4 exclude each other/,
    ],
    [
      "IP version 6 with an IPv4 destination",
      filterOf({ ipVersion: 6, destinationIpv4: ["10.0.0.1"] }),
      `${entry}.destination_ipv4`,
      /destination_ipv4 and ip_version 6 exclude each other/,
    ],
    [
      "a port with ICMP",
      filterOf({ l4Protocols: [1], sourcePorts: [80] }),
      `${entry}.source_ports`,
      /source_ports and l4_protocols ICMP \(1\) exclude each other/,
    ],
    [
      "two sources",
      filterOf({ sourceIpv4: ["10.0.0.1", "10.0.0.2"] }),
      `${entry}.source_ipv4`,
      /at most 1 value; got 2/,
    ],
    ["two ports", filterOf({ sourcePorts: [1, 2] }), `${entry}.source_ports`, /at most 1 value; got 2/],
    ["two protocols", filterOf({ l4Protocols: [6, 17] }), `${entry}.l4_protocols`, /at most 1 value; got 2/],
    ["two conditions", Filter.create({ allow: [{}, {}] }), "filter.allow", /at most 1 entry; got 2/],
    ["a deny entry", Filter.create({ deny: [{}] }), "filter.deny", /at most 0 entries; got 1/],
    [
      "a long pcap expression",
      Filter.create({ pcapExpression: "1".repeat(4097) }),
      "filter.pcap_expression",
      /4097 characters: give 4096/,
    ],
    ["a NUL in one", Filter.create({ pcapExpression: "tcp\0x" }), "filter.pcap_expression", /NUL/],
    ["an inner one", Filter.create({ innerPcapExpression: "\0" }), "filter.inner_pcap_expression", /NUL/],
  ];
  for (const [what, filter, field, description] of faulty) {
    it(`refuses ${what}, naming ${field}`, () => {
      const violations = checkFilter(filter);
      assert.deepEqual(
        violations.map((violation) => violation.field),
        [field],
      );
      assert.match(violations[0]?.description ?? "", description);
      assert.throws(
        () => encodeFlowFilter(filter),
        (error) => error instanceof IpftraceError && error.code === "INVALID_INPUT",
      );
    });
  }

  it("reports all faults at once", () => {
    const filter = filterOf({ ipVersion: 4, sourceIpv4: ["x"], sourceIpv6: ["y"], l4Protocols: [1], sourcePorts: [0] });
    assert.deepEqual(
      checkFilter({ ...filter, pcapExpression: "\0" }).map(({ field }) => field),
      [
        `${entry}.source_ipv4[0]`,
        `${entry}.source_ipv6[0]`,
        `${entry}.source_ipv6`,
        `${entry}.source_ports[0]`,
        `${entry}.source_ports`,
        "filter.pcap_expression",
      ],
    );
  });

  it("lets packets other than IP pass when an expression is all that is asked for", () => {
    const given: [Filter | undefined, boolean][] = [
      [undefined, false],
      [Filter.create({}), false],
      [Filter.create({ pcapExpression: "arp" }), true],
      [Filter.create({ whereExpression: "1" }), true],
      [Filter.create({ innerPcapExpression: "arp" }), false],
      [Filter.create({ pcapExpression: "arp", allow: [{}] }), false],
    ];
    for (const [filter, follows] of given) assert.equal(followsAnyProtocol(filter), follows);
  });

  it("stops after 20 faults and says so", () => {
    const violations = checkFilter(filterOf({ sourceIpv4: new Array<string>(100_000).fill("x") }));
    assert.equal(violations.length, 21);
    assert.deepEqual(violations.at(-1), {
      field: "filter",
      description: "has more faults than the 20 reported: mend these first",
    });
  });

  it("refuses what the limits that clients are told exclude", () => {
    assert.deepEqual(filterLimits, { maxAllowFilters: 1, maxDenyFilters: 0, maxFilterValues: 1 });
  });
});

describe("encodeFlowFilter", () => {
  it("writes every field at its place", () => {
    const filter = filterOf({
      ipVersion: 4,
      direction: 2,
      l4Protocols: [6],
      sourceIpv4: ["10.0.1.10"],
      destinationIpv4: ["10.255.0.0/9"],
      sourcePorts: [80],
      destinationPorts: [0x1234],
    });
    const hex = Buffer.from(encodeFlowFilter(filter)).toString("hex");
    assert.equal(hex, `04000106${"5000"}${"3412"}0a00010affffffff0a800000ff800000${"00".repeat(64)}`);
  });

  it("writes IPv6 addresses and masks in network order", () => {
    const filter = filterOf({ sourceIpv6: ["2001:db8::1"], destinationIpv6: ["ffff::/7"] });
    const hex = Buffer.from(encodeFlowFilter(filter)).toString("hex");
    const source = `20010db8${"00".repeat(11)}01${"ff".repeat(16)}`;
    const destination = `fe${"00".repeat(15)}fe${"00".repeat(15)}`;
    assert.equal(hex, `00010000${"00".repeat(20)}${source}${destination}`);
  });

  for (const [what, filter] of [
    ["no filter", undefined],
    ["an empty filter", Filter.create()],
    ["prefixes of length 0", filterOf({ sourceIpv4: ["10.0.0.1/0"], destinationIpv6: ["::/0"] })],
  ] as const) {
    it(`asks the kernel for nothing with ${what}`, () => {
      assert.deepEqual([...encodeFlowFilter(filter)], [0, 1, ...new Array<number>(86).fill(0)]);
    });
  }

  it("tells protocol 0 from none", () => {
    const { offsets } = flowFilterLayout;
    const bytes = encodeFlowFilter(filterOf({ l4Protocols: [0] }));
    assert.equal(bytes[offsets.has_l4_protocol], 1);
    assert.equal(bytes[offsets.l4_protocol], 0);
  });

  for (const [direction, expected] of [
    [0, 1],
    [1, 1],
    [2, 0],
  ] as const) {
    it(`writes direction ${direction} as both_directions ${expected}`, () => {
      assert.equal(encodeFlowFilter(filterOf({ direction }))[flowFilterLayout.offsets.both_directions], expected);
    });
  }
});

/** Few different values, so that conditions and packets often meet. */
const v4 = fc.constantFrom("10.0.0.1", "10.0.0.2", "10.128.0.1");
const v6 = fc.constantFrom("fc00::1", "fc00::2", "fd00::1");
const port = fc.constantFrom(1, 80, 20480);
const protocol = fc.constantFrom(0, 1, 6, 17, 132);

const maybe = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 1 });
const withLength = (address: fc.Arbitrary<string>, lengths: number[]) =>
  fc.tuple(address, fc.constantFrom(...lengths)).map(([text, bits]) => `${text}/${bits}`);

const anyFilter = fc
  .record({
    ipVersion: fc.constantFrom(0 as const, 4 as const, 6 as const),
    direction: fc.constantFrom(0 as const, 2 as const),
    l4Protocols: maybe(protocol),
    sourceIpv4: maybe(withLength(v4, [0, 8, 9, 31, 32])),
    destinationIpv4: maybe(withLength(v4, [9, 32])),
    sourceIpv6: maybe(withLength(v6, [0, 7, 8, 127, 128])),
    destinationIpv6: maybe(withLength(v6, [8, 128])),
    sourcePorts: maybe(port),
    destinationPorts: maybe(port),
  })
  .map(filterOf)
  .filter((filter) => checkFilter(filter).length === 0);

const anyFlow = fc
  .record({
    l3Protocol: fc.constantFrom(0x0800, 0x86dd, 0x0806),
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

describe("the encoded filter", () => {
  it("means what the filter means", () => {
    let passed = 0;
    fc.assert(
      fc.property(anyFilter, anyFlow, (filter, flow) => {
        const expected = matchesFlow(filter, flow);
        if (expected) passed++;
        assert.equal(matchesStruct(encodeFlowFilter(filter), flow), expected, formatAddress(flow.source));
      }),
      { numRuns: 5000 },
    );
    assert.ok(passed > 250 && passed < 4750, `${passed} of 5000 passed: the generators miss the point`);
  });
});
