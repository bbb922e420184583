import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Probeable } from "../../src/kernel/probeable.js";

const plain = [
  "ip_rcv",
  "br_forward [bridge]",
  "gre_rcv [gre]",
  "gre_rcv [ip_gre]",
  "gre_rcv [ip6_gre]",
  "ip_rcv_finish_core.isra.0",
  "ip6_finish_output2",
  "ip6_finish_output2.part.0",
  "vrf_local_xmit.constprop.0.isra.0 [vrf]",
  ".cold.1",
  "",
].join("\n");
let functions = 0;
/** The same, each function at a place of its own. */
const placed = plain.replace(/^(?=.)/gm, () => `ffffffffbacb0${functions++}e4 `);

for (const [what, text, isPlaced] of [
  ["available_filter_functions", plain, false],
  ["available_filter_functions_addrs", placed, true],
] as const) {
  describe(what, () => {
    const probeable = new Probeable(Buffer.from(text));

    it("tells the module of each function", () => {
      assert.equal(probeable.get("ip_rcv"), "vmlinux");
      assert.equal(probeable.get("br_forward"), "bridge");
      assert.equal(probeable.get("gre_rcv"), "gre");
      assert.equal(probeable.get("no_such_function"), undefined);
      assert.equal(probeable.has(""), false);
    });

    it("tells all functions of a name", () => {
      assert.deepEqual(
        probeable.copies("gre_rcv").map(({ module }) => module),
        ["gre", "ip_gre", "ip6_gre"],
      );
      for (const [name, count] of [
        ["gre_rcv", 3],
        ["ip_rcv", 1],
        ["no_such_function", 0],
      ] as const) {
        assert.equal(probeable.copies(name).length, count);
        assert.equal(probeable.count(name), count);
      }
    });

    it("tells what the compiler made of a function of which nothing else is left", () => {
      assert.equal(probeable.changedName("ip_rcv_finish_core"), "ip_rcv_finish_core.isra.0");
      assert.equal(probeable.changedName("vrf_local_xmit"), "vrf_local_xmit.constprop.0.isra.0");
      assert.equal(probeable.changedName("ip6_finish_output2"), undefined);
      assert.equal(probeable.changedName(""), undefined);
    });

    it("tells where functions begin, if the list does", () => {
      const addresses = probeable.copies("gre_rcv").map(({ address }) => address?.toString(16));
      const wanted = ["ffffffffbacb02e0", "ffffffffbacb03e0", "ffffffffbacb04e0"];
      assert.deepEqual(addresses, isPlaced && process.arch === "x64" ? wanted : [undefined, undefined, undefined]);
    });
  });
}

describe("addresses", { skip: process.arch !== "x64" && "needs x86-64" }, () => {
  for (const [what, place, address] of [
    ["a function with an endbr64", "ffffffffbacbce14", 0xffffffffbacbce10n],
    ["one without", "ffffffffbacbce10", 0xffffffffbacbce10n],
    ["a place that is neither", "ffffffffbacbce18", undefined],
  ] as const) {
    it(`${what}: ${address === undefined ? "not told" : address.toString(16)}`, () => {
      assert.deepEqual(new Probeable(Buffer.from(`${place} ip_rcv\n`)).copies("ip_rcv"), [
        { module: "vmlinux", address },
      ]);
    });
  }
});
