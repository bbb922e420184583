import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseProbeable } from "../../src/kernel/probeable.js";

describe("available_filter_functions", () => {
  const { modules, repeated, changed } = parseProbeable(
    [
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
    ].join("\n"),
  );

  it("tells the module of each function", () => {
    assert.equal(modules.get("ip_rcv"), "vmlinux");
    assert.equal(modules.get("br_forward"), "bridge");
    assert.equal(modules.has(""), false);
  });

  it("tells which names several functions have", () => {
    assert.deepEqual([...repeated], [["gre_rcv", 3]]);
  });

  it("tells what the compiler made of a function of which nothing else is left", () => {
    assert.deepEqual(
      [...changed],
      [
        ["ip_rcv_finish_core", "ip_rcv_finish_core.isra.0"],
        ["vrf_local_xmit", "vrf_local_xmit.constprop.0.isra.0"],
      ],
    );
  });
});
