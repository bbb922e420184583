import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Btf, Kind } from "../../src/btf/btf.js";
import { enumNames, structOffsets } from "../../src/btf/lookup.js";
import { BtfBuilder } from "./builder.js";

function table(): Btf {
  const builder = new BtfBuilder();
  const int = builder.int("int");
  builder.type(Kind.FWD, "pair", 0);
  builder.items(Kind.UNION, "pair", 8, [["other", int, 0]]);
  builder.items(Kind.STRUCT, "pair", 12, [
    ["left", int, 0],
    ["right", int, 64],
  ]);
  builder.items(Kind.ENUM, "reason", 4, [
    ["REASON_NONE", 0],
    ["REASON_LAST", 0x7fff_ffff],
    ["REASON_SUBSYSTEM", 0x8001_0002],
  ]);
  builder.items(Kind.ENUM, "empty", 4, []);
  return new Btf(builder.bytes());
}

describe("enumNames", () => {
  it("gives the names by value, values being unsigned", () => {
    const expected = new Map([
      [0, "REASON_NONE"],
      [0x7fff_ffff, "REASON_LAST"],
      [0x8001_0002, "REASON_SUBSYSTEM"],
    ]);
    assert.deepEqual(enumNames(table(), "reason"), expected);
  });

  for (const name of ["empty", "missing", "pair", "REASON_NONE"]) {
    it(`gives nothing for "${name}"`, () => assert.equal(enumNames(table(), name).size, 0));
  }
});

describe("structOffsets", () => {
  it("gives offsets and size in bytes, of the struct and not of a union or forward declaration of its name", () => {
    const expected = new Map([
      ["", 12],
      ["left", 0],
      ["right", 8],
    ]);
    assert.deepEqual(structOffsets(table(), "pair"), expected);
  });

  for (const name of ["missing", "reason", "left"]) {
    it(`gives undefined for "${name}"`, () => assert.equal(structOffsets(table(), name), undefined));
  }
});
