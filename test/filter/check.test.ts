import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { followsAnyProtocol } from "../../src/filter/any-protocol.js";
import { checkFilter } from "../../src/filter/check.js";
import { filterLimits } from "../../src/filter/limits.js";
import { Filter, type FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";

const many = filterLimits.maxFilterValues + 1;

function filterOf(condition: Parameters<typeof FlowFilter.create>[0]): Filter {
  return Filter.create({ allow: [condition ?? {}] });
}

describe("checkFilter", () => {
  const fine: [what: string, filter: Filter][] = [
    ["an empty filter", Filter.create()],
    ["an empty condition", filterOf({})],
    ["conditions on both families", filterOf({ sourceIpv4: ["10.0.0.0/8"], sourceIpv6: ["fc00::/7"] })],
    ["a port alone", filterOf({ sourcePorts: [80] })],
    ["a port with UDP", filterOf({ destinationPorts: [53], l4Protocols: [17] })],
    ["protocol 0 and 255", filterOf({ l4Protocols: [255] })],
    ["IP version 4 with an IPv4 address", filterOf({ ipVersion: 4, destinationIpv4: ["10.0.0.1"] })],
    ["every enumerator", filterOf({ ipVersion: 6, direction: 2 })],
    [
      "several values in every field",
      filterOf({ l4Protocols: [6, 17], sourcePorts: [1, 2], sourceIpv4: ["10.0.0.1", "10.0.0.2"] }),
    ],
    ["several entries", Filter.fromPartial({ allow: [{}, { l4Protocols: [6] }], deny: [{ l4Protocols: [1] }] })],
    ["a mark with and without a mask", filterOf({ marks: [{ value: 0xffff_ffff }, { value: 0x10, mask: 0xf0 }, {}] })],
    ["interfaces of one and of 15 bytes", filterOf({ interfaceNames: ["x", "fifteen-letters"] })],
    [
      "namespaces",
      filterOf({
        netns: [{ namespace: { $case: "inode", value: 1 } }, { namespace: { $case: "name", value: "blue" } }],
      }),
    ],
    [
      "lengths open at either side, and exact ones",
      filterOf({ lengths: [{ min: 1 }, { max: 1 }, { min: 1, max: 1 }] }),
    ],
    ["a control group", filterOf({ cgroupIds: [1n] })],
    [
      "end conditions",
      Filter.fromPartial({
        dropped: true,
        dropReasons: ["NO_SOCKET"],
        minDurationNs: 1n,
        minHops: 2,
        maxHops: 2,
        passedFunctions: ["ip_rcv"],
      }),
    ],
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
      "too many sources",
      filterOf({ sourceIpv4: new Array<string>(many).fill("10.0.0.1") }),
      `${entry}.source_ipv4`,
      /at most 256 values; got 257: give fewer/,
    ],
    ["too many ports", filterOf({ sourcePorts: new Array<number>(many).fill(1) }), `${entry}.source_ports`, /got 257/],
    ["too many marks", filterOf({ marks: new Array<object>(many).fill({}) }), `${entry}.marks`, /got 257/],
    [
      "too many conditions",
      Filter.fromPartial({ allow: new Array<object>(65).fill({}) }),
      "filter.allow",
      /at most 64 entries; got 65/,
    ],
    [
      "too many deny entries",
      Filter.fromPartial({ deny: new Array<object>(65).fill({ l4Protocols: [1] }) }),
      "filter.deny",
      /at most 64 entries; got 65/,
    ],
    [
      "an empty deny entry",
      Filter.fromPartial({ deny: [{ direction: 1 }] }),
      "filter.deny[0]",
      /takes away every packet/,
    ],
    [
      "a fault in a deny entry",
      Filter.fromPartial({ deny: [{ sourcePorts: [0] }] }),
      "filter.deny[0].source_ports[0]",
      /0 is not/,
    ],
    [
      "a mark outside of its mask",
      filterOf({ marks: [{ value: 0x11, mask: 0x10 }] }),
      `${entry}.marks[0]`,
      /value 0x11 has bits outside of mask 0x10/,
    ],
    ["an interface without a name", filterOf({ interfaceNames: [""] }), `${entry}.interface_names[0]`, /"" is not/],
    [
      "an interface of 16 bytes",
      filterOf({ interfaceNames: ["sixteen-letters!"] }),
      `${entry}.interface_names[0]`,
      /1-15 bytes/,
    ],
    ["an interface with a slash", filterOf({ interfaceNames: ["a/b"] }), `${entry}.interface_names[0]`, /"a\/b"/],
    ["no namespace", filterOf({ netns: [{}] }), `${entry}.netns[0]`, /give inode or name/],
    ["namespace 0", filterOf({ netns: [{ namespace: { $case: "inode", value: 0 } }] }), `${entry}.netns[0]`, /inode 0/],
    [
      "a path in place of a namespace",
      filterOf({ netns: [{ namespace: { $case: "name", value: "../../etc/passwd" } }] }),
      `${entry}.netns[0]`,
      /"\.\.\/\.\.\/etc\/passwd" is not the name of a network namespace/,
    ],
    [
      "the folder in place of a namespace",
      filterOf({ netns: [{ namespace: { $case: "name", value: ".." } }] }),
      `${entry}.netns[0]`,
      /"\.\." is not the name/,
    ],
    ["lengths that ask nothing", filterOf({ lengths: [{}] }), `${entry}.lengths[0]`, /asks nothing/],
    [
      "lengths the wrong way",
      filterOf({ lengths: [{ min: 2, max: 1 }] }),
      `${entry}.lengths[0]`,
      /min 2 is above max 1/,
    ],
    ["control group 0", filterOf({ cgroupIds: [0n] }), `${entry}.cgroup_ids[0]`, /0 is not the id of a control group/],
    [
      "hops the wrong way",
      Filter.fromPartial({ minHops: 3, maxHops: 2 }),
      "filter.max_hops",
      /max_hops 2 is below min_hops 3/,
    ],
    [
      "a drop reason without a name",
      Filter.fromPartial({ dropReasons: [""] }),
      "filter.drop_reasons[0]",
      /"" is not a drop/,
    ],
    [
      "a function without a name",
      Filter.fromPartial({ passedFunctions: [""] }),
      "filter.passed_functions[0]",
      /"" is not a f/,
    ],
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
    const given: [Filter, boolean][] = [
      [Filter.create({}), false],
      [Filter.create({ pcapExpression: "arp" }), true],
      [Filter.create({ whereExpression: "1" }), true],
      [Filter.create({ innerPcapExpression: "arp" }), false],
      [Filter.create({ pcapExpression: "arp", allow: [{}] }), false],
      [Filter.create({ pcapExpression: "arp", deny: [{ l4Protocols: [1] }] }), false],
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
});
