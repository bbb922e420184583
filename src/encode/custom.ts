/** Writes CustomValue messages (proto/ipftrace/v1/custom.proto) from the block that the modules filled. */
import { type BlockField, hasField } from "../decode/custom-block.js";
import type { RecordPool } from "../journey/record-pool.js";
import type { Writer } from "./writer.js";

/** Field numbers of CustomValue. */
const Value = { FIELD_ID: 1, UNSIGNED: 2, SIGNED: 3, BYTES: 4 } as const;

/** Writes the fields that a block has into `field`, one message each; what is absent is left out. */
export function writeCustom(
  writer: Writer,
  field: number,
  customs: RecordPool,
  index: number,
  fields: readonly BlockField[],
): void {
  const bytes = customs.size * 4;
  const block = Buffer.from(customs.words.buffer, index * bytes, bytes);
  for (const [n, one] of fields.entries()) {
    if (!hasField(block, n)) continue;
    const start = writer.begin(field);
    writer.varint(Value.FIELD_ID, one.fieldId);
    writeValue(writer, block, one);
    writer.end(start);
  }
}

function writeValue(writer: Writer, block: Buffer, { at, bytes, form }: BlockField): void {
  switch (form) {
    case "unsigned":
      writeNumber(writer, Value.UNSIGNED, block, at, bytes);
      break;
    case "big-endian":
      writeSwapped(writer, Value.UNSIGNED, block, at, bytes);
      break;
    case "signed":
      writeSigned(writer, block, at, bytes);
      break;
    default: {
      const whole = block.subarray(at, at + bytes);
      const end = form === "text" ? whole.indexOf(0) : -1;
      writer.bytesAlways(Value.BYTES, end < 0 ? whole : whole.subarray(0, end));
    }
  }
}

function writeNumber(writer: Writer, field: number, block: Buffer, at: number, bytes: number): void {
  if (bytes === 8) writer.varint64Always(field, block.readUInt32LE(at), block.readUInt32LE(at + 4));
  else writer.varintAlways(field, block.readUIntLE(at, bytes));
}

function writeSwapped(writer: Writer, field: number, block: Buffer, at: number, bytes: number): void {
  if (bytes === 8) writer.varint64Always(field, block.readUInt32BE(at + 4), block.readUInt32BE(at));
  else writer.varintAlways(field, block.readUIntBE(at, bytes));
}

/** Zigzag, as sint64 travels: the sign in the lowest bit. */
function writeSigned(writer: Writer, block: Buffer, at: number, bytes: number): void {
  if (bytes === 8) {
    const low = block.readUInt32LE(at);
    const high = block.readUInt32LE(at + 4);
    const sign = high >>> 31 === 1 ? 0xffff_ffff : 0;
    writer.varint64Always(Value.SIGNED, ((low << 1) ^ sign) >>> 0, (((high << 1) | (low >>> 31)) ^ sign) >>> 0);
  } else {
    const value = block.readIntLE(at, bytes);
    writer.varintAlways(Value.SIGNED, value < 0 ? -2 * value - 1 : 2 * value);
  }
}
