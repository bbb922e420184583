/**
 * The stack of a generated function, from r10 down:
 *
 *   text      32 bytes  what a text is compared with; the first 8 also take every other read
 *   kept      48 bytes  pointers that are needed several times
 *   operands  64 bytes  left operands, while their right ones are computed
 *
 * All frames of a call chain share 512 bytes, and bpf/track.h needs most of them.
 */

/** Longest text that is compared. */
const TEXT_BYTES = 32;
/** Most pointers that are kept. */
export const MAX_KEPT = 6;
/** Most operands that wait at a time. */
export const MAX_OPERANDS = 8;

/** Where a read goes. */
export const READ_AT = -TEXT_BYTES;

/** Where a kept pointer is. */
export function keptAt(n: number): number {
  return -TEXT_BYTES - 8 * (n + 1);
}

/** Where an operand waits. */
export function operandAt(depth: number): number {
  return keptAt(MAX_KEPT - 1) - 8 * (depth + 1);
}
