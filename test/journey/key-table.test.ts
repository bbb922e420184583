import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { KeyTable } from "../../src/journey/key-table.js";
import { NONE } from "../../src/journey/none.js";

/** Few keys, so that they meet; some differ only beyond 32 bits, as those of two CPUs do. */
const key = fc.oneof(
  fc.nat(40),
  fc.nat(5).map((cpu) => cpu * 2 ** 40),
  fc.constantFrom(2 ** 32, 2 ** 53 - 1),
);

describe("a table of numbers", () => {
  it("does what a Map does", () => {
    const step = fc.record({ key, value: fc.nat(2 ** 31 - 1), isSet: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
        const table = new KeyTable(64);
        const map = new Map<number, number>();
        for (const { key, value, isSet } of steps) {
          if (isSet) table.set(key, value);
          else table.delete(key);
          if (isSet) map.set(key, value);
          else map.delete(key);
          assert.equal(table.size, map.size);
          for (const one of [key, ...map.keys()]) assert.equal(table.get(one), map.get(one) ?? NONE);
        }
      }),
    );
  });

  it("takes as many as it was made for, and says so when there is one more", () => {
    const table = new KeyTable(3);
    for (const one of [1, 2, 3]) table.set(one, one);
    table.set(2, 20);
    assert.throws(() => table.set(4, 4), /a table of 3 entries is full/);
    assert.deepEqual(
      [1, 2, 3, 4].map((one) => table.get(one)),
      [1, 20, 3, NONE],
    );
  });

  it("stays as quick when much has come and gone: what is probed for stays near its home", () => {
    const table = new KeyTable(1024);
    for (let n = 0; n < 200_000; n++) {
      if (n >= 1024) table.delete(n - 1024);
      table.set(n, n);
    }
    assert.equal(table.size, 1024);
    assert.equal(table.get(199_999), 199_999);
    assert.equal(table.get(200_000 - 1025), NONE);
  });
});
