/** Which conversations the programs of a trace follow: `sampling_mask` of bpf/admit.h. */
import type { BpfObject } from "./object.js";

/** SAMPLE_NONE of bpf/admit.h. */
const NONE = 0xffff_ffff;

/**
 * Follows one of so many conversations from now on, a power of two; 0: none. Those of a larger number are
 * among those of a smaller one. Packets that are followed stay so.
 */
export function followOneIn(object: BpfObject, conversations: number): void {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(conversations === 0 ? NONE : conversations - 1);
  object.writeVariables(".data.sampling", value);
}
