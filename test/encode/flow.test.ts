import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decoded, encoded, fill, makeSlab, plain } from "./slots.js";

describe("flow", () => {
  const v6 = Array.from({ length: 16 }, (_, i) => i + 1);
  it("of IPv6 has addresses of 16 bytes", () => {
    const { flow } = encoded({
      flow: { l3Protocol: 0x86dd, source: v6, destination: v6.toReversed(), l4Protocol: 58 },
    });
    assert.deepEqual([...(flow?.source ?? [])], v6);
    assert.deepEqual([...(flow?.destination ?? [])], v6.toReversed());
    assert.equal(flow?.l3Protocol, 0x86dd);
  });

  it("of IPv4 has addresses of 4 bytes, also when they are 0.0.0.0", () => {
    const { flow } = encoded({ flow: { source: [0, 0, 0, 0], destination: [255, 255, 255, 255] } });
    assert.deepEqual([...(flow?.source ?? [])], [0, 0, 0, 0]);
    assert.deepEqual([...(flow?.destination ?? [])], [255, 255, 255, 255]);
  });

  it("of what is not IP has no addresses", () => {
    const { flow } = encoded({ flow: { l3Protocol: 0x0806, source: v6 } });
    assert.equal(flow?.l3Protocol, 0x0806);
    assert.deepEqual([flow?.source.length, flow?.destination.length], [0, 0]);
  });

  for (const icmp of [
    [8, 0],
    [0, 0],
    [3, 13],
    [255, 255],
  ] as const) {
    it(`of ICMP ${icmp.join("/")} has type and code`, () => {
      const { flow } = encoded({ flow: { l4Protocol: 1, icmp } });
      assert.deepEqual(flow?.icmp, { type: icmp[0], code: icmp[1] });
    });
  }

  it("of a later fragment says so", () => {
    const { flow } = encoded({ flow: { l4Protocol: 17, isLaterFragment: true } });
    assert.equal(flow?.laterFragment, true);
    assert.equal(flow?.icmp, undefined);
  });

  it("is that of its own slot", () => {
    const slab = makeSlab();
    const slots = [1, 2, 3].map((n) => fill(slab, { flow: { source: [n, n, n, n] } }));
    assert.deepEqual(
      slots.map((slot) => decoded(slab, slot, plain).flow?.source[3]),
      [1, 2, 3],
    );
  });
});
