import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EndReason, type PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { block, first, Harness, row } from "./harness.js";

function values({ hops }: PacketJourney): (bigint | undefined)[] {
  return hops.map(({ custom }) => (custom[0]?.value?.$case === "unsignedValue" ? custom[0].value.value : undefined));
}

describe("what modules collected", () => {
  it("stays with its hop, beside a flow or not, and over a limit of hops", () => {
    const harness = new Harness({ customBytes: 16, maxHops: 2 });
    harness.accept(first(5, 100, { custom: block(1n) }), row(5, 300, { custom: block(3n) }));
    harness.accept(row(5, 400, { custom: block(4n) }), row(5, 350, { custom: block((1n << 64n) - 1n), flow: {} }));
    harness.accept(row(5, 500, { isRow: false, end: EndReason.END_REASON_CONSUMED }));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(values), [
      [1n, 3n],
      [(1n << 64n) - 1n, 4n],
    ]);
    assert.equal(harness.assembler.undecodable, 0);
    harness.assertAllFree();
  });

  it("gives its memory back with the journey, and never mixes journeys", () => {
    const steps = fc.array(fc.tuple(fc.nat(9), fc.boolean()), { maxLength: 200 });
    fc.assert(fc.property(steps, checkSteps));
  });
});

/** Hops of ten packets in some order; each may be the end of its packet's journey. */
function checkSteps(steps: readonly (readonly [packet: number, isEnd: boolean])[]): void {
  const harness = new Harness({ customBytes: 16, maxOpen: 16 });
  const expected = new Map<number, bigint[]>();
  const lives = new Array<number>(10).fill(0);
  for (const [index, [packet, isEnd]] of steps.entries()) {
    const life = lives[packet] as number;
    const key = 1 + packet + 10 * life;
    const known = expected.get(key) ?? [];
    const more = { custom: block(BigInt(index)), ...(isEnd ? { end: EndReason.END_REASON_EGRESS } : {}) };
    harness.accept(known.length === 0 ? first(key, index, more) : row(key, index, more));
    expected.set(key, [...known, BigInt(index)]);
    lives[packet] = life + Number(isEnd);
  }
  harness.assembler.closeAll();
  for (const { key, journey } of harness.delivered) assert.deepEqual(values(journey), expected.get(key));
  assert.equal(harness.delivered.length, expected.size);
  if (expected.size > 0) harness.assertAllFree();
}
