/** The contract as the build has left it: a FileDescriptorSet, with its comments. */
import { readFileSync } from "node:fs";

const CONTRACT = new URL("../../dist/contract.binpb", import.meta.url);

/** The encoded FileDescriptorSet. */
export function readContract(): Buffer {
  return readFileSync(CONTRACT);
}
