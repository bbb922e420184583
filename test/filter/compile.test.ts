import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { checkFilterSize } from "../../src/filter/check.js";
import { compileFilter, slotsOfFilter } from "../../src/filter/compile.js";
import { filterLimits } from "../../src/filter/limits.js";
import { PacketField } from "../../src/filter/packet-fields.js";
import { Filter, type FlowFilter } from "../../src/gen/ipftrace/v1/filter.js";
import { run } from "./interpreter.js";
import { anyFields, anyFilter, anyFlow } from "./packets.js";
import { matchesPacket } from "./reference.js";
import { encodeStructs } from "./structs.js";

type Entry = Parameters<typeof FlowFilter.fromPartial>[0];

function filterOf(entry: Entry): Filter {
  return Filter.fromPartial({ allow: [entry] });
}

describe("compileFilter", () => {
  for (const [what, filter] of [
    ["an empty filter", Filter.create()],
    ["an entry without conditions", filterOf({})],
    ["one such entry among others", Filter.fromPartial({ allow: [{ l4Protocols: [6] }, {}] })],
    ["a direction alone", filterOf({ direction: 2 })],
    ["prefixes of length 0", filterOf({ sourceIpv4: ["10.0.0.1/0"], destinationIpv6: ["::/0", "fc00::1"] })],
  ] as const) {
    it(`gives the kernel nothing to do for ${what}`, () => assert.equal(compileFilter(filter), undefined));
  }

  it("asks for the one thing that is asked for", () => {
    // Load, compare, r0 = 1, exit, r0 = 0, exit.
    assert.equal(slotsOfFilter(compileFilter(filterOf({ l4Protocols: [6] }))), 6);
    const connection = { sourceIpv4: ["10.0.0.1"], destinationIpv4: ["10.0.0.2"], l4Protocols: [6] };
    assert.ok(slotsOfFilter(compileFilter(filterOf({ ...connection, destinationPorts: [80] }))) <= 30);
  });

  const asked: [Entry, number][] = [
    [{ l4Protocols: [6] }, 0],
    [{ marks: [{ value: 1 }] }, PacketField.MARK],
    [{ lengths: [{ min: 1 }] }, PacketField.LENGTH],
    [{ netns: [{ namespace: { $case: "inode", value: 1 } }] }, PacketField.NETNS],
    [{ interfaceNames: ["lo"] }, PacketField.INTERFACE],
    [{ cgroupIds: [1n] }, PacketField.CGROUP],
    [{ cgroupIds: [1n], marks: [{ value: 1 }] }, PacketField.CGROUP | PacketField.MARK],
  ];
  for (const [entry, fields] of asked) {
    it(`reads ${fields} for ${Object.keys(entry).join(" and ")}, in allow and in deny`, () => {
      assert.equal(compileFilter(filterOf(entry))?.askedFields, fields);
      assert.equal(compileFilter(Filter.fromPartial({ deny: [entry] }))?.askedFields, fields);
    });
  }

  it("has room for each of the limits that clients are told, in both directions", () => {
    const values = (make: (index: number) => string) =>
      Array.from({ length: filterLimits.maxFilterValues }, (_, i) => make(i));
    const connection = { sourceIpv4: ["10.0.0.1"], destinationIpv4: ["10.0.0.2"], l4Protocols: [6], sourcePorts: [80] };
    const filters = [
      filterOf({ sourceIpv6: values((i) => `fc00:1:2:3:4:5:6:${i.toString(16)}`) }),
      filterOf({ sourceIpv4: values((i) => `10.${i}.0.0/16`) }),
      filterOf({ interfaceNames: values((i) => `interface-${i}`) }),
      Filter.fromPartial({
        allow: Array.from({ length: filterLimits.maxAllowFilters }, () => connection),
        deny: Array.from({ length: filterLimits.maxDenyFilters }, () => connection),
      }),
    ];
    for (const filter of filters) assert.deepEqual(checkFilterSize(compileFilter(filter)), []);
  });

  it("a filter for which there is no room is refused with both numbers", () => {
    const sourceIpv6 = Array.from({ length: 256 }, (_, i) => `fc00:1:2:3:4:5:6:${i.toString(16)}`);
    const compiled = compileFilter(Filter.fromPartial({ allow: [{ sourceIpv6 }, { sourceIpv6 }] }));
    const [fault, ...more] = checkFilterSize(compiled);
    assert.equal(fault?.field, "filter");
    assert.match(
      fault?.description ?? "",
      /take \d{4} eBPF instructions, and the kernel side has room for 4096: give fewer/,
    );
    assert.deepEqual(more, []);
  });
});

describe("the compiled filter", () => {
  it("means what the filter means", () => {
    let passed = 0;
    const runs = 10_000;
    fc.assert(
      fc.property(anyFilter, anyFlow, anyFields, (filter, flow, fields) => {
        const expected = matchesPacket(filter, flow, fields);
        if (expected) passed++;
        const compiled = compileFilter(filter);
        const found = compiled === undefined || run(compiled.instructions, encodeStructs(flow, fields)) === 1;
        assert.equal(found, expected);
      }),
      { numRuns: runs },
    );
    assert.ok(passed > runs / 20 && passed < runs * 0.95, `${passed} of ${runs} passed: the generators miss the point`);
  });

  it("of two filters lets pass what both let pass", () => {
    let passed = 0;
    const runs = 5000;
    fc.assert(
      fc.property(anyFilter, anyFilter, anyFlow, anyFields, (first, second, flow, fields) => {
        const expected = matchesPacket(first, flow, fields) && matchesPacket(second, flow, fields);
        if (expected) passed++;
        const compiled = compileFilter(first, second);
        const found = compiled === undefined || run(compiled.instructions, encodeStructs(flow, fields)) === 1;
        assert.equal(found, expected);
      }),
      { numRuns: runs },
    );
    assert.ok(passed > runs / 50 && passed < runs * 0.9, `${passed} of ${runs} passed: the generators miss the point`);
  });
});
