import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hashName, hashText, noName, WORD_ENDS } from "../../src/btf/name-index.js";
import { TextIndex } from "../../src/kernel/text-index.js";

const word = fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "0"), minLength: 1, maxLength: 4 });

/** The index of the first word of each line, and what `add` told of each. */
function indexOf(
  lines: readonly string[],
  capacity = lines.length,
): { index: TextIndex; told: (number | undefined)[] } {
  const text = Buffer.from(lines.join("\n"));
  const index = new TextIndex(text, capacity);
  const found = noName();
  let start = 0;
  const told = lines.map((line) => {
    hashName(text, start, WORD_ENDS, found);
    const known = index.add(start, found);
    start += line.length + 1;
    return known;
  });
  return { index, told };
}

describe("TextIndex", () => {
  it("finds what a Map finds", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.constantFrom("", " [x]", "\t[x]"))), fc.array(word), (lines, others) => {
        const { index, told } = indexOf(lines.map((line) => line.join("")));
        const places = new Map<string, number>();
        let start = 0;
        for (const [n, [name, rest]] of lines.entries()) {
          assert.equal(told[n], places.get(name), name);
          if (!places.has(name)) places.set(name, start);
          start += name.length + rest.length + 1;
        }
        for (const name of [...places.keys(), ...others]) assert.equal(index.find(name), places.get(name), name);
      }),
    );
  });

  it("finds no name that is only the beginning of one, that is longer, or that is none", () => {
    const { index } = indexOf(["ip_rcv_core", "ip_rcv", "udp_rcv [udp]"]);
    assert.equal(index.find("ip_rcv"), 12);
    for (const name of ["ip_rc", "ip_rcv_", "ip_rcv_core ", "udp_rcv [udp]", "", "\n"]) {
      assert.equal(index.find(name), undefined, name);
    }
  });

  it("hashes a name by itself as it does in a text, and tells where it ends and where its first dot is", () => {
    const found = noName();
    for (const [name, dot] of [
      ["ip_rcv", 6],
      ["ip_rcv.isra.0", 6],
      [".cold", 0],
    ] as const) {
      for (const rest of ["", " [x]", "\n", "\t"]) {
        hashName(Buffer.from(`>${name}${rest}`), 1, WORD_ENDS, found);
        assert.deepEqual(found, { hash: hashText(name), end: 1 + name.length, dot: 1 + dot });
      }
    }
  });

  it("takes as many names as were announced", () => {
    const names = Array.from({ length: 1000 }, (_, n) => `f${n}`);
    const { index, told } = indexOf(names);
    assert.ok(told.every((one) => one === undefined));
    assert.equal(index.find("f999"), names.slice(0, 999).join("\n").length + 1);
    assert.equal(index.find("f1000"), undefined);
  });
});
