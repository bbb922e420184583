import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hashName, hashText, noName, WORD_ENDS } from "../../src/btf/name-index.js";
import { TextIndex } from "../../src/kernel/text-index.js";

const word = fc.string({ unit: fc.constantFrom("a", "b", "_", ".", "0"), minLength: 1, maxLength: 4 });

describe("TextIndex", () => {
  it("finds what a Map finds", () => {
    const line = fc.tuple(word, fc.constantFrom("", " [x]", "\t[x]"));
    fc.assert(
      fc.property(fc.array(line), fc.array(word), fc.constantFrom("", "\n"), (lines, others, end) => {
        const text = lines.map((one) => one.join("")).join("\n") + end;
        const index = new TextIndex(Buffer.from(text), 0);
        const places = new Map<string, number[]>();
        let start = 0;
        for (const [name, rest] of lines) {
          places.set(name, [...(places.get(name) ?? []), start]);
          start += name.length + rest.length + 1;
        }
        for (const name of [...places.keys(), ...others]) {
          assert.equal(index.find(name), places.get(name)?.[0], name);
          assert.deepEqual(index.all(name), places.get(name) ?? [], name);
        }
        const dotted = lines.flatMap(([name]) => (name.includes(".") ? [name] : []));
        assert.equal(index.dotted.length, dotted.length);
      }),
    );
  });

  it("looks behind what stands in front of each word", () => {
    const index = new TextIndex(Buffer.from("ab ip_rcv\ncd udp_rcv.cold [udp]\nef ip_rcv\nx"), 3);
    assert.deepEqual([index.all("ip_rcv"), index.find("udp_rcv.cold"), index.dotted], [[3, 35], 13, [13]]);
    assert.equal(index.find("cd"), undefined);
  });

  it("finds no name that is only the beginning of one, that is longer, or that is none", () => {
    const index = new TextIndex(Buffer.from("ip_rcv_core\nip_rcv\nudp_rcv [udp]"), 0);
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
});
