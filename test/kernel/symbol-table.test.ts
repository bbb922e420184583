import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SymbolTable } from "../../src/kernel/symbol-table.js";

const LOW_53 = 0x1f_ffff_ffff_ffffn;

/** Modules lie below the kernel, and stand behind it in the text. */
const text = Buffer.from(`0000000000000000 A fixed_percpu_data
ffffffff81000000 T _stext
ffffffff81000100 t ip_rcv
ffffffff81000100 d not_code
ffffffff810001f0 W kfree_skb
ffffffffc0000040 t rule_drop\t[filter]
ffffffffa0000010 T br_forward\t[bridge]
`);

function place(address: bigint): number {
  return Number(address & LOW_53);
}

describe("SymbolTable", () => {
  const table = new SymbolTable(text);
  const places: [what: string, address: bigint, text: string][] = [
    ["the first byte", 0xffff_ffff_8100_0100n, "ip_rcv+0x0"],
    ["a byte within", 0xffff_ffff_8100_01efn, "ip_rcv+0xef"],
    ["a weak function", 0xffff_ffff_8100_01f4n, "kfree_skb+0x4"],
    ["one of a module", 0xffff_ffff_c000_0041n, "rule_drop+0x1 [filter]"],
    ["a module that stands out of order", 0xffff_ffff_a000_0020n, "br_forward+0x10 [bridge]"],
    ["before everything", 0xffff_ffff_8000_0000n, "[unknown]"],
  ];
  for (const [what, address, expected] of places) {
    it(`${what} is ${expected}`, () => {
      assert.equal(table.at(place(address)), expected);
      assert.equal(table.near(Number(address & 0xffff_ffffn)), expected);
    });
  }

  it("tells nothing where the kernel hides its addresses", () => {
    const hidden = new SymbolTable(Buffer.from(text.toString().replaceAll(/^f{8}\w{8}/gm, "0".repeat(16))));
    assert.equal(hidden.at(place(0xffff_ffff_8100_0100n)), "[unknown]");
    assert.equal(hidden.near(0x8100_0100), "");
  });

  it("reads a text without an end of line", () => {
    assert.equal(new SymbolTable(text.subarray(0, -1)).at(place(0xffff_ffff_a000_0010n)), "br_forward+0x0 [bridge]");
  });

  it("finds the half of an address that a 2 GiB window crosses", () => {
    const crossing = Buffer.from("ffff8000ffff0000 T _stext\nffff800100000100 t next\n");
    assert.equal(new SymbolTable(crossing).near(0x0000_0104), "next+0x4");
  });
});
