import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { Writer } from "../../src/encode/writer.js";

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(16);
  write(writer);
  return writer.take();
}

/** Where a varint gets longer by a byte, and where it leaves 31 and 32 bits. */
const boundaries = [7, 14, 21, 28, 31, 32, 35, 42, 49, 53].flatMap((bits) => [2 ** bits - 1, 2 ** bits]);
const integers = [1, 2, 300, ...boundaries].filter(Number.isSafeInteger);

describe("varint", () => {
  for (const value of integers) {
    it(`${value} is read back, and is as short as it can be`, () => {
      const bytes = written((writer) => writer.varint(15, value));
      const reader = new BinaryReader(bytes);
      assert.deepEqual(reader.tag(), [15, 0]);
      assert.equal(BigInt(reader.uint64()), BigInt(value));
      assert.equal(reader.pos, bytes.length);
      assert.equal(bytes.length, 1 + Math.ceil(value.toString(2).length / 7));
    });
  }

  it("any safe integer is read back", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const reader = new BinaryReader(written((writer) => writer.varintAlways(1, value)));
        reader.tag();
        assert.equal(BigInt(reader.uint64()), BigInt(value));
      }),
    );
  });

  it("0 is left out, unless it is asked for", () => {
    assert.equal(written((writer) => writer.varint(1, 0)).length, 0);
    assert.deepEqual([...written((writer) => writer.varintAlways(1, 0))], [0x08, 0]);
  });
});

describe("fixed64", () => {
  for (const value of [1n, 2n ** 53n + 1n, 0x0102_0304_0506_0708n, 2n ** 64n - 1n]) {
    it(`${value} is read back`, () => {
      const reader = new BinaryReader(
        written((writer) => writer.fixed64(2, Number(value & 0xffff_ffffn), Number(value >> 32n))),
      );
      assert.deepEqual(reader.tag(), [2, 1]);
      assert.equal(BigInt(reader.fixed64()), value);
    });
  }
  it("0 is left out", () => assert.equal(written((writer) => writer.fixed64(2, 0, 0)).length, 0));
});

describe("bytes", () => {
  for (const size of [1, 127, 128, 16_383, 16_384, 100_000]) {
    it(`${size} of them are read back`, () => {
      const value = new Uint8Array(size).map((_, i) => i % 251);
      const reader = new BinaryReader(written((writer) => writer.bytes(3, value)));
      assert.deepEqual(reader.tag(), [3, 2]);
      assert.deepEqual(Buffer.from(reader.bytes()), Buffer.from(value));
    });
  }
  it("none are left out", () => assert.equal(written((writer) => writer.bytes(3, new Uint8Array(0))).length, 0));
});

describe("messages in messages", () => {
  it("an empty one is there, with length 0", () => {
    assert.deepEqual([...written((writer) => writer.end(writer.begin(4)))], [0x22, 0]);
  });

  // Lengths of one, two, three and four bytes.
  for (const size of [1, 126, 127, 128, 129, 16_383, 16_384, 16_385, 2_097_152]) {
    it(`a body of ${size} bytes is moved to make room for its length, and what follows is whole`, () => {
      const body = new Uint8Array(size - 1).map((_, i) => (i * 7) % 256);
      const bytes = written((writer) => {
        const start = writer.begin(1);
        writer.varintAlways(15, 5);
        if (size > 2) writer.bytes(2, body.subarray(0, size - 10));
        writer.end(start);
        writer.varint(3, 99);
      });
      const reader = new BinaryReader(bytes);
      assert.deepEqual(reader.tag(), [1, 2]);
      const end = reader.uint32() + reader.pos;
      assert.deepEqual(reader.tag(), [15, 0]);
      assert.equal(reader.uint32(), 5);
      if (size > 2) {
        assert.deepEqual(reader.tag(), [2, 2]);
        assert.deepEqual(Buffer.from(reader.bytes()), Buffer.from(body.subarray(0, size - 10)));
      }
      assert.equal(reader.pos, end);
      assert.deepEqual(reader.tag(), [3, 0]);
      assert.equal(reader.uint32(), 99);
      assert.equal(reader.pos, bytes.length);
    });
  }

  it("many that end together find room for all their lengths, however full the buffer is", () => {
    const depth = 40;
    for (let size = 900; size < 1100; size++) {
      const bytes = written((writer) => {
        const starts = Array.from({ length: depth }, () => writer.begin(1));
        writer.bytes(2, new Uint8Array(size).fill(7));
        for (const start of starts.toReversed()) writer.end(start);
      });
      const reader = new BinaryReader(bytes);
      for (let level = 0; level < depth; level++) {
        reader.tag();
        assert.equal(reader.uint32() + reader.pos, bytes.length);
      }
      reader.tag();
      assert.deepEqual(Buffer.from(reader.bytes()), Buffer.alloc(size, 7));
    }
  });

  it("any nesting is read back", () => {
    interface Node {
      readonly value: number;
      readonly children: Node[];
    }
    const { node } = fc.letrec<{ node: Node }>((tie) => ({
      node: fc.record(
        {
          value: fc.nat(),
          children: fc.oneof({ maxDepth: 5 }, fc.constant<Node[]>([]), fc.array(tie("node"), { maxLength: 4 })),
        },
        { noNullPrototype: true },
      ),
    }));
    const write = (writer: Writer, { value, children }: Node): void => {
      writer.varint(1, value);
      for (const child of children) {
        const start = writer.begin(2);
        write(writer, child);
        writer.end(start);
      }
    };
    const read = (reader: BinaryReader, end: number): Node => {
      let value = 0;
      const children: Node[] = [];
      while (reader.pos < end) {
        const [field] = reader.tag();
        if (field === 1) value = reader.uint32();
        else {
          const length = reader.uint32();
          children.push(read(reader, reader.pos + length));
        }
      }
      return { value, children };
    };
    fc.assert(
      fc.property(node, (tree) => {
        const bytes = written((writer) => write(writer, tree));
        assert.deepEqual(read(new BinaryReader(bytes), bytes.length), tree);
      }),
    );
  });
});

describe("take", () => {
  it("gives memory of its own, which later writing does not touch, and starts afresh", () => {
    const writer = new Writer(1);
    writer.varint(1, 7);
    const first = writer.take();
    assert.equal(writer.length, 0);
    writer.varint(1, 9);
    assert.deepEqual([...first], [8, 7]);
    assert.equal(first.buffer.byteLength, 2, "it can be transferred without its neighbours");
    assert.deepEqual([...writer.take()], [8, 9]);
    assert.equal(writer.take().length, 0);
  });
});
