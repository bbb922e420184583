/** The block of values that modules add to a hop: bit N of its first 8 bytes says whether field N is there. */

/** One field of the block. */
export interface BlockField {
  /** CustomField.field_id */
  readonly fieldId: number;
  /** Bytes from the start of the block; a number is aligned to its size. */
  readonly at: number;
  readonly bytes: number;
  /** How CustomValue carries it; "text" ends at its first NUL, "big-endian" is an unsigned number in network order. */
  readonly form: "unsigned" | "big-endian" | "signed" | "bytes" | "text";
}

/** Whether field N of a block is there. */
export function hasField(block: Buffer, n: number): boolean {
  return (((block[n >>> 3] as number) >>> (n & 7)) & 1) === 1;
}
