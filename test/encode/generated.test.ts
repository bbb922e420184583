/** The encoder, which is written by hand, and the generated one make the same bytes of every journey. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { timeBase } from "../../src/decode/record.js";
import { writeJourney } from "../../src/encode/journey.js";
import { Writer } from "../../src/encode/writer.js";
import { JourneyBatch } from "../../src/gen/ipftrace/v1/journey.js";
import { fill, makeSlab, plain, type SlotFields } from "./slots.js";

/** Small ones, where fields are left out and varints are short, as often as any. */
const u32 = fc.oneof(fc.nat(300), fc.nat(0xffff_ffff));
const safe = fc.oneof(fc.nat(300), fc.maxSafeNat());
const u16 = fc.oneof(fc.nat(2), fc.nat(0xffff));
const u8 = fc.nat(255);
const address = fc.array(u8, { minLength: 16, maxLength: 16 });
const comm = fc.oneof(fc.constantFrom("", "ping", "Überläufer", "0123456789abcde"), fc.string({ maxLength: 15 }));

const flow = fc.record({
  source: address,
  destination: address,
  sourcePort: u16,
  destinationPort: u16,
  l3Protocol: fc.oneof(fc.constantFrom(0x0800, 0x86dd), u16),
  l4Protocol: u8,
  isLaterFragment: fc.boolean(),
  process: fc.record({ pid: fc.nat(4_194_304), tid: u32, comm }),
});
const withIcmp = fc.tuple(flow, fc.tuple(u8, u8)).map(([fields, icmp]) => ({ ...fields, icmp }) as const);

const hop = fc.record({
  ...{ ns: fc.nat(2 ** 40), functionId: fc.nat(3), length: u32, ifindex: u32 },
  ...{ netns: u32, stack: u32, cpu: u16 },
});

const journey = fc.record(
  {
    ...{ publicId: safe, parentId: safe, link: fc.nat(7), childId: safe, childLink: fc.nat(7) },
    ...{ startNs: fc.nat(2 ** 40), lastNs: fc.nat(2 ** 40).map((ns) => ns + 2 ** 41), lost: u32 },
    ...{ endReason: fc.nat(8), dropReason: u32, location: u32, endStack: u32 },
    ...{ flow: fc.oneof(flow, withIcmp), hops: fc.array(hop, { maxLength: 40, size: "max" }) },
  },
  { requiredKeys: ["lastNs"] },
);

const base = fc.oneof(fc.constantFrom(0n, 2n ** 32n - 1n, 2n ** 62n), fc.bigInt({ min: 0n, max: 2n ** 63n }));

for (const functionNames of [plain.functionNames, undefined]) {
  it(`with ${functionNames === undefined ? "ids" : "names"}`, () => {
    fc.assert(
      fc.property(base, fc.array(journey, { minLength: 1, maxLength: 3 }), (baseNs, journeys) => {
        const slab = makeSlab();
        const writer = new Writer(16);
        const encoding = { ...plain, functionNames, base: timeBase(baseNs) };
        for (const fields of journeys) writeJourney(writer, 1, slab, fill(slab, fields as SlotFields), encoding);
        const ours = Buffer.from(writer.take());
        const theirs = Buffer.from(JourneyBatch.encode(JourneyBatch.decode(ours)).finish());
        assert.equal(JourneyBatch.decode(ours).journeys.length, journeys.length);
        assert.deepEqual(ours, theirs);
      }),
      { numRuns: 500 },
    );
  });
}
