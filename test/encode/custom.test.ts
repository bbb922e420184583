import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { BlockField } from "../../src/decode/custom-block.js";
import { writeCustom } from "../../src/encode/custom.js";
import { Writer } from "../../src/encode/writer.js";
import type { CustomValue } from "../../src/gen/ipftrace/v1/custom.js";
import { Hop } from "../../src/gen/ipftrace/v1/journey.js";
import { RecordPool } from "../../src/journey/record-pool.js";

/** Hop.custom */
const CUSTOM = 10;

function encoded(block: Buffer, fields: readonly BlockField[]): CustomValue[] {
  const pool = new RecordPool(block.length / 4);
  pool.put(new Uint32Array(pool.size).fill(0xffff_ffff), 0);
  const index = pool.put(new Uint32Array(new Uint8Array(block).buffer), 0);
  const writer = new Writer(16);
  writeCustom(writer, CUSTOM, pool, index, fields);
  return Hop.decode(writer.take()).custom;
}

/** A block of 16 bytes with one field behind the presence map. */
function one(form: BlockField["form"], bytes: number, value: Buffer): CustomValue["value"] {
  const block = Buffer.alloc(8 + Math.ceil(bytes / 8) * 8, 0xee);
  block.writeBigUInt64LE(1n, 0);
  value.copy(block, 8);
  const [found] = encoded(block, [{ fieldId: 7, at: 8, bytes, form }]);
  assert.equal(found?.fieldId, 7);
  return found?.value;
}

describe("writeCustom", () => {
  const widths = [1, 2, 4, 8] as const;
  it("carries unsigned numbers of every width exactly", () => {
    fc.assert(
      fc.property(fc.constantFrom(...widths), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (bytes, any) => {
        const value = BigInt.asUintN(bytes * 8, any);
        const memory = Buffer.alloc(8);
        memory.writeBigUInt64LE(value);
        assert.deepEqual(one("unsigned", bytes, memory.subarray(0, bytes)), { $case: "unsignedValue", value });
      }),
    );
  });

  it("carries unsigned numbers in network order, of every width, in host order", () => {
    fc.assert(
      fc.property(fc.constantFrom(...widths), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (bytes, any) => {
        const value = BigInt.asUintN(bytes * 8, any);
        const memory = Buffer.alloc(8);
        memory.writeBigUInt64BE(value);
        assert.deepEqual(one("big-endian", bytes, memory.subarray(8 - bytes)), { $case: "unsignedValue", value });
      }),
    );
  });

  it("carries signed numbers of every width exactly", () => {
    fc.assert(
      fc.property(fc.constantFrom(...widths), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (bytes, any) => {
        const value = BigInt.asIntN(bytes * 8, any);
        const memory = Buffer.alloc(8);
        memory.writeBigInt64LE(value);
        assert.deepEqual(one("signed", bytes, memory.subarray(0, bytes)), { $case: "signedValue", value });
      }),
    );
  });

  for (const value of [0n, -1n, 1n, -(1n << 63n), (1n << 63n) - 1n, 1n << 32n, -(1n << 32n)]) {
    it(`carries ${value}`, () => {
      const memory = Buffer.alloc(8);
      memory.writeBigInt64LE(value);
      assert.deepEqual(one("signed", 8, memory), { $case: "signedValue", value });
      const unsigned = BigInt.asUintN(64, value);
      assert.deepEqual(one("unsigned", 8, memory), { $case: "unsignedValue", value: unsigned });
    });
  }

  it("ends a text at its NUL, and keeps all of other bytes", () => {
    const bytes = Buffer.from("eth0\0rest-of-it");
    assert.deepEqual(one("text", 16, bytes), { $case: "bytesValue", value: Buffer.from("eth0") });
    assert.deepEqual(one("text", 4, bytes), { $case: "bytesValue", value: Buffer.from("eth0") });
    assert.deepEqual(one("text", 4, Buffer.alloc(4)), { $case: "bytesValue", value: Buffer.alloc(0) });
    assert.deepEqual(one("bytes", 16, bytes), {
      $case: "bytesValue",
      value: Buffer.from("eth0\0rest-of-it\xee", "latin1"),
    });
  });

  it("leaves out what is absent, up to the last of 64 fields", () => {
    const fields = Array.from({ length: 64 }, (_, n) => ({
      fieldId: n + 1,
      at: 8 + n,
      bytes: 1,
      form: "unsigned" as const,
    }));
    const block = Buffer.alloc(72, 5);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (present) => {
        block.writeBigUInt64LE(present, 0);
        const ids = encoded(block, fields).map(({ fieldId }) => fieldId);
        assert.deepEqual(
          ids,
          fields.map(({ fieldId }) => fieldId).filter((id) => (present >> BigInt(id - 1)) & 1n),
        );
      }),
    );
  });
});
