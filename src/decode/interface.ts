/** Reads the records that name interfaces. */
import { interfaceLayout } from "./layout.js";
import { textOf } from "./text.js";

/** The name of an interface, as a packet met it. */
export interface InterfaceName {
  /** Inode number of its network namespace. */
  readonly netns: number;
  readonly ifindex: number;
  readonly name: string;
}

/** Whether a record of so many bytes is one. */
export function isInterface(bytes: number): boolean {
  return bytes === interfaceLayout.size;
}

/** Reads the record whose first word is at `at`. */
export function interfaceOf(words: Uint32Array, at: number): InterfaceName {
  const record = Buffer.from(words.buffer, words.byteOffset + at * 4, interfaceLayout.size);
  return {
    netns: record.readUInt32LE(interfaceLayout.netns),
    ifindex: record.readUInt32LE(interfaceLayout.ifindex),
    name: textOf(record.subarray(interfaceLayout.name)),
  };
}
