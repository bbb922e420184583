/**
 * Bytes of messages, made by their descriptors on the wire itself: valid for the most part, and with what no encoder
 * writes, such as fields of the wrong wire type, texts that are not UTF-8 and varints that never end.
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Random } from "./random.js";
import { wordFor } from "./words.js";

const MAX_DEPTH = 6;
const MANY = 2000;
/** What holds other messages is there for the most part: else most inputs would be empty. */
const LIKELY = 0.6;
const numbers: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  4n,
  6n,
  17n,
  80n,
  100n,
  255n,
  4096n,
  65_535n,
  65_536n,
  1n << 20n,
  (1n << 31n) - 1n,
  1n << 31n,
  (1n << 32n) - 1n,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];

/** A message of this type, which may be hostile. */
export function messageBytes(message: DescMessage, random: Random, depth = 0): Uint8Array {
  const writer = new BinaryWriter();
  // From nearly empty to nearly full: one wrong field alone shows what it does by itself.
  const density = random.next() ** 2;
  for (const field of message.fields) {
    if (!random.chance(field.fieldKind === "message" ? Math.max(density, LIKELY) : density)) continue;
    for (let count = countOf(field, random, depth); count > 0; count--) writeField(writer, field, random, depth);
  }
  return writer.finish();
}

function countOf(field: DescField, random: Random, depth: number): number {
  if (field.fieldKind !== "list") return random.chance(0.02) ? 2 : 1;
  if (depth < 2 && random.chance(0.002)) return MANY;
  return random.below(4);
}

function writeField(writer: BinaryWriter, field: DescField, random: Random, depth: number): void {
  if (random.chance(0.01)) {
    writeAnything(writer, field.number, random);
    return;
  }
  if (field.message !== undefined) {
    const inner = depth < MAX_DEPTH ? messageBytes(field.message, random, depth + 1) : new Uint8Array();
    writer.tag(field.number, WireType.LengthDelimited).bytes(inner);
    return;
  }
  if (field.enum !== undefined) {
    const known = field.enum.values.map(({ number }) => number);
    writer.tag(field.number, WireType.Varint).int32(random.chance(0.9) ? random.pick(known) : random.below(2 ** 31));
    return;
  }
  writeScalar(writer, field, field.scalar as ScalarType, random);
}

function writeScalar(writer: BinaryWriter, field: DescField, type: ScalarType, random: Random): void {
  if (type === ScalarType.STRING || type === ScalarType.BYTES) {
    const text = Buffer.from(wordFor(field.name, random));
    const bytes = random.chance(0.03) || type === ScalarType.BYTES ? random.bytes(random.below(80)) : text;
    writer.tag(field.number, WireType.LengthDelimited).bytes(bytes);
    return;
  }
  const value = random.chance(0.7) ? BigInt(random.below(200)) : random.pick(numbers);
  if (type === ScalarType.FIXED64 || type === ScalarType.SFIXED64 || type === ScalarType.DOUBLE) {
    writer.tag(field.number, WireType.Bit64).fixed64(value);
  } else if (type === ScalarType.FIXED32 || type === ScalarType.SFIXED32 || type === ScalarType.FLOAT) {
    writer.tag(field.number, WireType.Bit32).fixed32(Number(value & 0xffff_ffffn));
  } else {
    // Also where the field has 32 bits: what does not fit is on the wire of a hostile client.
    writer.tag(field.number, WireType.Varint).uint64(value);
  }
}

/** The field's number with a value of some other wire type. */
function writeAnything(writer: BinaryWriter, number: number, random: Random): void {
  const type = random.pick([
    WireType.Varint,
    WireType.Bit32,
    WireType.Bit64,
    WireType.LengthDelimited,
    WireType.StartGroup,
  ]);
  writer.tag(number, type);
  if (type === WireType.Varint) writer.uint64(random.pick(numbers));
  else writer.raw(random.bytes(random.below(12)));
}
