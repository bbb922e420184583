import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { timeBase } from "../../src/decode/record.js";
import { Completeness, EndReason, LinkKind, LinkRole } from "../../src/gen/ipftrace/v1/journey.js";
import { decoded, encoded, fill, makeSlab, plain, type SlotFields } from "./slots.js";

const bytes4 = (...bytes: number[]): Buffer => Buffer.from(bytes);

/** Every field of the contract that this version fills, each with a value that no other has. */
const everything: SlotFields = {
  publicId: 2 ** 53 - 1,
  parentId: 2 ** 40 + 5,
  link: LinkKind.LINK_KIND_SEGMENT,
  startNs: 5000,
  lastNs: 9000,
  lost: 11,
  endReason: EndReason.END_REASON_DROPPED,
  dropReason: 3,
  location: 0x1f,
  endStack: 17,
  childId: 2 ** 40 + 6,
  childLink: LinkKind.LINK_KIND_MERGE,
  flow: {
    source: [10, 0, 0, 1],
    destination: [10, 0, 0, 2],
    sourcePort: 65_535,
    destinationPort: 53,
    l3Protocol: 0x0800,
    l4Protocol: 17,
    process: { pid: 4_194_301, tid: 4_194_302, comm: "ping" },
  },
  hops: [
    { ns: 5000, functionId: 1, length: 1514, ifindex: 2, netns: 4_026_531_840, stack: 4_194_303, cpu: 255 },
    { ns: 7000, functionId: 2, length: 0xffff_ffff, ifindex: 3, netns: 1, stack: 2, cpu: 65_535 },
  ],
};

describe("a journey", () => {
  it("has every field where the generated code looks for it", () => {
    const journey = encoded(everything, { ...plain, base: timeBase(2n ** 62n) });
    assert.deepEqual(journey, {
      journeyId: 2n ** 53n - 1n,
      startTimeNs: 2n ** 62n + 5000n,
      hops: [
        {
          function: "ip_rcv",
          functionId: 0,
          deltaNs: 0n,
          cpu: 255,
          ifindex: 2,
          netns: 4_026_531_840,
          length: 1514,
          flow: undefined,
          custom: [],
          stackId: 4_194_303,
        },
        {
          function: "tracepoint:net_dev_queue",
          functionId: 0,
          deltaNs: 2000n,
          cpu: 65_535,
          ifindex: 3,
          netns: 1,
          length: 0xffff_ffff,
          flow: undefined,
          custom: [],
          stackId: 2,
        },
      ],
      flow: {
        l3Protocol: 0x0800,
        l4Protocol: 17,
        source: bytes4(10, 0, 0, 1),
        destination: bytes4(10, 0, 0, 2),
        sourcePort: 65_535,
        destinationPort: 53,
        icmp: undefined,
        laterFragment: false,
      },
      endReason: EndReason.END_REASON_DROPPED,
      dropReason: { code: 3, name: "NO_SOCKET", subsystem: "core", location: "udp_rcv+0x1f" },
      links: [
        {
          journeyId: 2n ** 40n + 5n,
          role: LinkRole.LINK_ROLE_PARENT,
          kind: LinkKind.LINK_KIND_SEGMENT,
        },
        {
          journeyId: 2n ** 40n + 6n,
          role: LinkRole.LINK_ROLE_CHILD,
          kind: LinkKind.LINK_KIND_MERGE,
        },
      ],
      lostHops: 11,
      completeness: Completeness.COMPLETENESS_HOPS_LOST,
      durationNs: 4000n,
      process: { pid: 4_194_301, tid: 4_194_302, comm: "ping" },
      endStackId: 17,
    });
  });

  it("carries ids instead of names where they were asked for", () => {
    const journey = encoded(everything, { ...plain, functionNames: undefined });
    assert.deepEqual(
      journey.hops.map((hop) => [hop.functionId, hop.function]),
      [
        [1, ""],
        [2, ""],
      ],
    );
  });

  it("has an empty name for a function that is not known", () => {
    assert.equal(encoded({ hops: [{ ns: 0, functionId: 77 }] }).hops[0]?.function, "");
  });

  it("starts with its first hop, also when another CPU told of it late", () => {
    const journey = encoded({ startNs: 50, lastNs: 900, hops: [{ ns: 300 }, { ns: 100 }, { ns: 200 }] });
    assert.equal(journey.startTimeNs, 100n);
    assert.deepEqual(
      journey.hops.map(({ deltaNs }) => deltaNs),
      [0n, 100n, 200n],
    );
    assert.equal(journey.durationNs, 800n);
  });

  it("without hops starts with its first record; it has no flow, links or drop reason that nobody gave", () => {
    const journey = encoded({ startNs: 70, lastNs: 90, endReason: EndReason.END_REASON_CONSUMED });
    assert.equal(journey.startTimeNs, 70n);
    assert.equal(journey.durationNs, 20n);
    assert.deepEqual(journey.hops, []);
    assert.equal(journey.flow, undefined);
    assert.deepEqual(journey.links, []);
    assert.equal(journey.dropReason, undefined);
  });

  for (const count of [0, 1, 200, 600]) {
    it(`of ${count} hops keeps them all, in order`, () => {
      const hops = Array.from({ length: count }, (_, i) => ({ ns: 10 + i * 1000, functionId: 1 + (i % 2), cpu: i }));
      const journey = encoded({ startNs: 10, lastNs: 10 + count * 1000, hops });
      assert.deepEqual(
        journey.hops.map(({ cpu }) => cpu),
        hops.map(({ cpu }) => cpu),
      );
      assert.deepEqual(
        journey.hops.map(({ deltaNs }) => deltaNs),
        hops.map((_, i) => BigInt(i * 1000)),
      );
    });
  }

  it("sorts hops by time, those of one moment as they came", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 400, size: "max" }), (times) => {
        const hops = times.map((ns, i) => ({ ns, cpu: i }));
        const expected = hops.toSorted((a, b) => a.ns - b.ns);
        const journey = encoded({ hops, lastNs: 20 });
        assert.deepEqual(
          journey.hops.map(({ cpu }) => cpu),
          expected.map(({ cpu }) => cpu),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("is not mixed with the one written before it", () => {
    const slab = makeSlab();
    const long = fill(slab, {
      publicId: 1,
      lastNs: 299,
      hops: Array.from({ length: 300 }, (_, i) => ({ ns: i, cpu: i })),
    });
    const short = fill(slab, { publicId: 2, lastNs: 5, hops: [{ ns: 5, cpu: 9 }] });
    assert.equal(decoded(slab, long, plain).hops.length, 300);
    assert.deepEqual(
      decoded(slab, short, plain).hops.map(({ cpu }) => cpu),
      [9],
    );
  });
});

describe("completeness", () => {
  const { COMPLETENESS_COMPLETE: COMPLETE, COMPLETENESS_OPEN_END: OPEN_END } = Completeness;
  const ends: [name: keyof typeof EndReason, completeness: Completeness][] = [
    ["END_REASON_EGRESS", COMPLETE],
    ["END_REASON_DROPPED", COMPLETE],
    ["END_REASON_CONSUMED", COMPLETE],
    ["END_REASON_HOP_LIMIT", COMPLETE],
    ["END_REASON_IDLE_TIMEOUT", OPEN_END],
    ["END_REASON_EVICTED", OPEN_END],
    ["END_REASON_TRACE_STOPPED", OPEN_END],
  ];
  for (const [name, expected] of ends) {
    it(`${name}`, () => {
      assert.equal(encoded({ endReason: EndReason[name] }).completeness, expected);
      const { completeness, endReason, dropReason } = encoded({ endReason: EndReason[name], lost: 1, dropReason: 9 });
      assert.equal(completeness, Completeness.COMPLETENESS_HOPS_LOST);
      assert.equal(endReason, EndReason[name]);
      assert.equal(dropReason?.code, name === "END_REASON_DROPPED" ? 9 : undefined);
    });
  }
});

describe("drop reasons", () => {
  const reasons: [what: string, code: number, name: string, subsystem: string][] = [
    ["one that the kernel names", 3, "NO_SOCKET", "core"],
    ["one that it does not name", 4, "", "core"],
    ["none: a kernel without reasons", 0, "", "core"],
    ["one of a subsystem", 0x0003_0002, "ACTION_ERROR", "openvswitch"],
    ["one of a subsystem that is not known", 0x0001_0003, "", ""],
    ["the highest", 0xffff_ffff, "", ""],
  ];
  for (const [what, code, name, subsystem] of reasons) {
    it(what, () => {
      const { dropReason } = encoded({ endReason: EndReason.END_REASON_DROPPED, dropReason: code });
      assert.deepEqual(dropReason, { code, name, subsystem, location: "" });
    });
  }
});
