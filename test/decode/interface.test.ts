import assert from "node:assert/strict";
import { it } from "node:test";
import { interfaceOf, isInterface } from "../../src/decode/interface.js";
import { hopLayout, interfaceLayout } from "../../src/decode/layout.js";

/** An interface_record from word `at` on. */
function written(at: number, netns: number, ifindex: number, name: string): Uint32Array {
  const words = new Uint32Array(32).fill(0xffff_ffff);
  const bytes = Buffer.from(words.buffer, at * 4, interfaceLayout.size).fill(0);
  bytes.writeUInt32LE(netns, interfaceLayout.netns);
  bytes.writeUInt32LE(ifindex, interfaceLayout.ifindex);
  bytes.write(name, interfaceLayout.name, "utf8");
  return words;
}

for (const name of ["", "lo", "bäckup0", "fifteen-letters"]) {
  it(`the interface ${JSON.stringify(name)} is read where it lies`, () => {
    const expected = { netns: 4_026_531_840, ifindex: 7, name };
    assert.deepEqual(interfaceOf(written(3, expected.netns, expected.ifindex, name), 3), expected);
  });
}

it("is told from other records by its size", () => {
  assert.equal(isInterface(interfaceLayout.size), true);
  assert.equal(isInterface(hopLayout.size), false);
});
