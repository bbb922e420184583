import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Btf, Kind } from "../../src/btf/btf.js";
import { enumerators, membersOf } from "../../src/btf/types.js";
import { smallKernel } from "../expression/kernel.js";
import { BtfBuilder } from "./builder.js";

/** Bit 31 of a type's info. */
const FLAG = 0x80;

describe("membersOf", () => {
  it("tells bit-fields by their width where the struct has the flag", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int");
    const id = builder.type(Kind.STRUCT | FLAG, "bits", 8, 2, [
      ...[builder.string("plain"), int, 0],
      ...[builder.string("field"), int, (5 << 24) | 33],
    ]);
    assert.deepEqual(membersOf(new Btf(builder.bytes()), id), [
      { name: "plain", type: int, bitOffset: 0, bitSize: 0 },
      { name: "field", type: int, bitOffset: 33, bitSize: 5 },
    ]);
  });

  it("takes the whole word for the offset where it has not", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int");
    const id = builder.items(Kind.STRUCT, "large", 1 << 27, [["far", int, 1 << 29]]);
    assert.deepEqual(membersOf(new Btf(builder.bytes()), id), [
      { name: "far", type: int, bitOffset: 1 << 29, bitSize: 0 },
    ]);
  });
});

describe("enumerators", () => {
  it("gives values with their sign, and all 64 bits", () => {
    const builder = new BtfBuilder();
    const small = builder.items(Kind.ENUM, "small", 4, [
      ["NEGATIVE", 0xffff_ffff],
      ["POSITIVE", 7],
    ]);
    const wide = builder.items(Kind.ENUM64, "wide", 8, [["HIGH", 1, 0x8000_0000]]);
    const signed = builder.type(Kind.ENUM64 | FLAG, "signed", 8, 1, [builder.string("LOW"), 0, 0x8000_0000]);
    const btf = new Btf(builder.bytes());
    assert.deepEqual(enumerators(btf, small), [
      ["NEGATIVE", -1n],
      ["POSITIVE", 7n],
    ]);
    assert.deepEqual(enumerators(btf, wide), [["HIGH", (1n << 63n) + 1n]]);
    assert.deepEqual(enumerators(btf, signed), [["LOW", -(1n << 63n)]]);
  });
});

describe("TypeTable", () => {
  const table = smallKernel();
  it("finds in a module what the kernel only declares", () => {
    const declared = table.find([Kind.FWD], "nf_conn");
    assert.ok(declared !== undefined);
    const { btf, id } = table.resolve(declared);
    assert.equal(btf.kind(id), Kind.STRUCT);
    assert.equal(btf.size(id), 8);
  });

  it("leaves what nobody defines as it was declared", () => {
    const declared = table.find([Kind.FWD], "sec_path");
    assert.ok(declared !== undefined);
    assert.equal(table.resolve(declared).id, declared.id);
  });

  it("finds constants by name and by their beginning, in the order of their values", () => {
    assert.deepEqual(table.enumerator("WIDE_VALUE"), { name: "WIDE_VALUE", value: (1n << 32n) + 1n });
    assert.equal(table.enumerator("SKB_GSO_TCP"), undefined);
    assert.deepEqual(
      table.enumeratorsLike("SKB_GSO_").map(({ name }) => name),
      ["SKB_GSO_TCPV4", "SKB_GSO_DODGY", "SKB_GSO_TCPV6"],
    );
  });
});
