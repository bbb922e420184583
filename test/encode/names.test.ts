import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NameTable } from "../../src/encode/names.js";

describe("NameTable", () => {
  it("encodes every name once, in UTF-8", () => {
    const names = new NameTable(new Map([[1, "grüß_skb"]]));
    assert.equal(Buffer.from(names.get(1)).toString("utf8"), "grüß_skb");
    assert.equal(names.get(1), names.get(1));
    assert.equal(names.get(2).length, 0);
  });

  it("gives one text for everything that has none of its own, when there is one", () => {
    const names = new NameTable([[1, "ip_rcv"]], "[unknown]");
    assert.equal(Buffer.from(names.get(2)).toString(), "[unknown]");
    assert.equal(Buffer.from(names.get(1)).toString(), "ip_rcv");
  });
});
