import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Btf, Kind } from "../../src/btf/btf.js";
import { IpftraceError } from "../../src/errors.js";
import { BtfBuilder } from "./builder.js";

/** Every kind with the words that btf.rst puts behind its common part, none of them a valid type by chance. */
const F = 0xffff_ffff;
const kinds: [name: keyof typeof Kind, length: number, words: number][] = [
  ["INT", 0, 1],
  ["PTR", 0, 0],
  ["ARRAY", 0, 3],
  ["STRUCT", 3, 9],
  ["UNION", 2, 6],
  ["ENUM", 4, 8],
  ["FWD", 0, 0],
  ["TYPEDEF", 0, 0],
  ["VOLATILE", 0, 0],
  ["CONST", 0, 0],
  ["RESTRICT", 0, 0],
  // For a function the length says how it is linked: no items follow.
  ["FUNC", 1, 0],
  ["FUNC_PROTO", 5, 10],
  ["VAR", 0, 1],
  ["DATASEC", 2, 6],
  ["FLOAT", 0, 0],
  ["DECL_TAG", 0, 1],
  ["TYPE_TAG", 0, 0],
  ["ENUM64", 2, 6],
];

function isUnsupported(words: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof IpftraceError, String(error));
    assert.equal(error.code, "KERNEL_UNSUPPORTED");
    assert.match(error.message, words);
    return true;
  };
}

function small(): Buffer {
  const builder = new BtfBuilder();
  const int = builder.int("int");
  builder.items(Kind.STRUCT, "pair", 8, [
    ["left", int, 0],
    ["right", int, 32],
  ]);
  return builder.bytes();
}

describe("Btf: every kind", () => {
  it("is tested here", () => {
    assert.deepEqual(kinds.map(([name]) => name).sort(), Object.keys(Kind).sort());
  });

  for (const [name, length, words] of kinds) {
    it(`${name} is as long as btf.rst says`, () => {
      const builder = new BtfBuilder();
      builder.type(Kind[name], "first", 0, length, new Array<number>(words).fill(F));
      builder.int("second");
      const btf = new Btf(builder.bytes());
      assert.equal(btf.count, 3);
      assert.equal(btf.kind(1), Kind[name]);
      assert.equal(btf.name(1), "first");
      assert.equal(btf.kind(2), Kind.INT);
      assert.equal(btf.name(2), "second");
      assert.equal(btf.size(2), 4);
    });
  }

  it("one that is not known is refused, because nobody can say where the next type begins", () => {
    const builder = new BtfBuilder();
    builder.int("int");
    builder.type(20, "new", 0);
    assert.throws(() => new Btf(builder.bytes()), isUnsupported(/kind 20 of type 2/));
  });

  it("the flag beside the kind (bit 31) is not part of it", () => {
    const builder = new BtfBuilder();
    builder.type(0x80 | Kind.FWD, "some_union", 0);
    assert.equal(new Btf(builder.bytes()).kind(1), Kind.FWD);
  });
});

describe("Btf: types", () => {
  it("type 0 is void", () => {
    const btf = new Btf(small());
    assert.equal(btf.kind(0), 0);
    assert.equal(btf.name(0), "void");
  });

  it("a name is compared to its end", () => {
    const btf = new Btf(small());
    for (const [name, has] of [
      ["pair", true],
      ["pai", false],
      ["pairs", false],
      ["int", false],
    ] as const) {
      assert.equal(btf.hasName(2, name), has, name);
    }
    assert.equal(btf.hasName(0, "void"), false, "void is no type of the table");
  });

  it("items are read by number and word", () => {
    const btf = new Btf(small());
    assert.equal(btf.length(2), 2);
    assert.deepEqual(
      [0, 1].map((i) => [btf.string(btf.item(2, i, 0)), btf.item(2, i, 1), btf.item(2, i, 2)]),
      [
        ["left", 1, 0],
        ["right", 1, 32],
      ],
    );
  });

  it("skipModifiers stops at what is no modifier", () => {
    const builder = new BtfBuilder();
    const int = builder.int("int");
    const modified = [Kind.TYPE_TAG, Kind.RESTRICT, Kind.VOLATILE, Kind.CONST].reduce(
      (to, kind) => builder.type(kind, "", to),
      int,
    );
    const typedef = builder.type(Kind.TYPEDEF, "t", modified);
    const toVoid = builder.type(Kind.CONST, "", 0);
    const pointer = builder.pointer(typedef);
    const btf = new Btf(builder.bytes());
    assert.equal(btf.skipModifiers(typedef), int);
    assert.equal(btf.skipModifiers(toVoid), 0);
    assert.equal(btf.skipModifiers(pointer), pointer);
  });

  it("find looks for a kind and a whole name", () => {
    const builder = new BtfBuilder();
    const int = builder.int("sk_buff_head");
    const typedef = builder.type(Kind.TYPEDEF, "sk_buff", int);
    const structure = builder.type(Kind.STRUCT, "sk_buff", 0);
    const btf = new Btf(builder.bytes());
    assert.equal(btf.find(Kind.STRUCT, "sk_buff"), structure);
    assert.equal(btf.find(Kind.TYPEDEF, "sk_buff"), typedef);
    assert.equal(btf.find(Kind.INT, "sk_buff_head"), int);
    assert.equal(btf.find(Kind.UNION, "sk_buff"), undefined);
    assert.equal(btf.find(Kind.INT, "sk_buff_hea"), undefined);
    assert.equal(btf.find(Kind.INT, "head"), undefined);
  });
});

describe("Btf: bytes that are no BTF", () => {
  it("other files are refused by their magic", () => {
    const bytes = small();
    bytes.writeUInt16LE(0x9feb, 0);
    assert.throws(() => new Btf(bytes), isUnsupported(/not BTF: no magic eb9f/));
  });

  it("a table that is cut off anywhere is refused", () => {
    const whole = small();
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => new Btf(whole.subarray(0, length)), isUnsupported(/not BTF|cut off/), `${length} bytes`);
    }
  });

  it("a table whose last type goes beyond its end is refused", () => {
    const bytes = small();
    const typeBytes = bytes.readUInt32LE(12);
    bytes.writeUInt32LE(typeBytes - 4, 12);
    assert.throws(() => new Btf(bytes), isUnsupported(/cut off in type 2/));
  });

  it("types that are no whole words are refused", () => {
    const bytes = small();
    bytes.writeUInt32LE(bytes.readUInt32LE(12) - 1, 12);
    assert.throws(() => new Btf(bytes), isUnsupported(/damaged/));
  });

  it("strings without an end are refused", () => {
    const bytes = small();
    bytes[bytes.length - 1] = 0x41;
    assert.throws(() => new Btf(bytes), isUnsupported(/damaged/));
  });

  it("any damage is refused or read, never a crash of another kind", () => {
    const good = small();
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const bytes = Buffer.from(good);
        bytes[at] = value;
        try {
          new Btf(bytes);
        } catch (error) {
          assert.ok(error instanceof IpftraceError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Btf: where the bytes lie", () => {
  for (const offset of [1, 2, 3, 4]) {
    it(`${offset} bytes into a larger buffer`, () => {
      const table = small();
      const larger = Buffer.concat([Buffer.alloc(offset, 0xaa), table, Buffer.alloc(3, 0xaa)]);
      const btf = new Btf(larger.subarray(offset, offset + table.length));
      assert.equal(btf.name(2), "pair");
      assert.equal(btf.find(Kind.STRUCT, "pair"), 2);
    });
  }
});
