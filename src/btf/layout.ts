/** Where the types of a BTF table lie in its words. */
import { IpftraceError } from "../errors.js";

/** Words of the common part of a type: name, info, size or type. */
export const HEAD_WORDS = 3;
/** Words behind the common part, by kind: those that are always there … */
const FIXED_WORDS = [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
/** … and those for each member, parameter or value. */
export const WORDS_PER_ITEM = [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

/** Where the types of a table lie. */
export interface Layout {
  readonly words: Uint32Array;
  readonly offsets: Uint32Array;
}

/** The kind in the info word of a type. */
export function kindOf(info: number): number {
  return (info >>> 24) & 0x1f;
}

/** Finds where each type begins; `firstId` is the number of the first. @throws IpftraceError KERNEL_UNSUPPORTED for words that are no types */
export function indexTypes(words: Uint32Array, firstId: number): Uint32Array {
  const offsets = new Uint32Array(words.length / HEAD_WORDS + 1);
  let count = 0;
  let at = 0;
  for (; at < words.length; count++) {
    offsets[count] = at;
    const info = words[at + 1] ?? 0;
    const kind = kindOf(info);
    const fixed = FIXED_WORDS[kind];
    if (fixed === undefined) {
      throw new IpftraceError("KERNEL_UNSUPPORTED", `BTF kind ${kind} of type ${firstId + count} is unknown`);
    }
    at += HEAD_WORDS + fixed + (info & 0xffff) * (WORDS_PER_ITEM[kind] ?? 0);
  }
  if (at > words.length) {
    throw new IpftraceError("KERNEL_UNSUPPORTED", `BTF is cut off in type ${firstId + count - 1}`);
  }
  return offsets.subarray(0, count);
}
