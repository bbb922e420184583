import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Btf, Kind } from "../../src/btf/btf.js";
import { structOffsets } from "../../src/btf/lookup.js";
import { functionPosition, skbFunctions, skbTracepoints } from "../../src/btf/sk-buff.js";
import { BtfBuilder } from "./builder.js";

/** A kernel with an sk_buff, and the ids that a module's types need. */
function kernel() {
  const builder = new BtfBuilder();
  const int = builder.int("int");
  const skb = builder.pointer(builder.items(Kind.STRUCT, "sk_buff", 4, [["len", int, 0]]));
  builder.func("ip_rcv", skb);
  builder.tracepoint("netif_rx", skb);
  return { builder, int, skb, btf: new Btf(builder.bytes()) };
}

describe("a module's BTF, split from the kernel's", () => {
  it("refers to the kernel's types and strings, and has its own behind them", () => {
    const { builder, int, skb, btf } = kernel();
    const module = new BtfBuilder(builder);
    const own = module.items(Kind.STRUCT, "net_vrf", 8, [
      ["len", int, 0],
      ["table", int, 32],
    ]);
    module.func("vrf_xmit", skb, module.pointer(own));
    const split = new Btf(module.bytes(), btf);
    assert.equal(split.firstId, btf.count);
    assert.equal(split.name(own), "net_vrf");
    assert.equal(split.find(Kind.STRUCT, "net_vrf"), own);
    assert.deepEqual(
      structOffsets(split, "net_vrf"),
      new Map([
        ["", 8],
        ["len", 0],
        ["table", 4],
      ]),
    );
    assert.equal(split.name(int), "int");
    assert.equal(split.kind(0), 0);
    assert.equal(functionPosition(split, "vrf_xmit"), 1);
  });

  it("lists its own functions and tracepoints, and finds none of the kernel's", () => {
    const { builder, int, skb, btf } = kernel();
    const module = new BtfBuilder(builder);
    module.func("vrf_output", int, int, skb);
    module.tracepoint("fdb_delete", int, skb);
    const split = new Btf(module.bytes(), btf);
    assert.deepEqual([...skbFunctions(split)], [["vrf_output", 3]]);
    assert.deepEqual(skbTracepoints(split), [{ name: "fdb_delete", position: 2, argumentCount: 2 }]);
    assert.equal(functionPosition(split, "ip_rcv"), undefined);
    assert.deepEqual([...skbFunctions(btf)], [["ip_rcv", 1]]);
  });

  it("finds a function whose name is the kernel's string", () => {
    const { builder, skb, btf } = kernel();
    const module = new BtfBuilder(builder);
    module.func("len", skb);
    assert.equal(functionPosition(new Btf(module.bytes(), btf), "len"), 1);
  });

  it("finds the first of its own strings, with which its table begins", () => {
    const { builder, skb, btf } = kernel();
    const module = new BtfBuilder(builder);
    module.type(Kind.TYPEDEF, "first", skb);
    assert.equal(new Btf(module.bytes(), btf).find(Kind.TYPEDEF, "first"), btf.count);
  });

  it("may be empty", () => {
    const { builder, btf } = kernel();
    const split = new Btf(new BtfBuilder(builder).bytes(), btf);
    assert.equal(split.count, btf.count);
    assert.deepEqual([...skbFunctions(split)], []);
  });
});
