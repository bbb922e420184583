/** Native memory that C code keeps pointers into while a call runs. */
import koffi from "koffi";

/** A block of native memory with a view on it; `free()` ends both. */
export interface NativeBlock {
  readonly address: bigint;
  readonly bytes: Buffer;
  free(): void;
}

/** Allocates zeroed native memory. */
function allocate(size: number): NativeBlock {
  const address = koffi.alloc("uint8_t", size) as bigint;
  const bytes = Buffer.from(koffi.view(address, size));
  bytes.fill(0);
  return { address, bytes, free: () => koffi.free(address) };
}

/** A `const char *[]` of C: the pointers first, then the texts. */
export function stringArray(texts: readonly string[]): NativeBlock {
  const pointerBytes = texts.length * 8;
  const size = texts.reduce((sum, text) => sum + text.length + 1, pointerBytes);
  const block = allocate(size);
  let at = pointerBytes;
  for (const [i, text] of texts.entries()) {
    block.bytes.writeBigUInt64LE(block.address + BigInt(at), i * 8);
    at += block.bytes.write(text, at, "latin1") + 1;
  }
  return block;
}

/** A `const __u64[]` of C. */
export function u64Array(values: readonly bigint[]): NativeBlock {
  const block = allocate(values.length * 8);
  for (const [i, value] of values.entries()) block.bytes.writeBigUInt64LE(value, i * 8);
  return block;
}
