/**
 * Reads a large text that the kernel makes as it is read.
 *
 * Problem: the kernel gives a page at a time and tells no size; Node's readFileSync takes 64 KiB of
 *          memory for each, 160 MiB for /proc/kallsyms.
 */
import { closeSync, openSync, readSync } from "node:fs";

const FIRST_BYTES = 4 * 1024 * 1024;

/** The whole file. @throws as readFileSync does. */
export function readKernelFile(path: string): Buffer {
  const fd = openSync(path, "r");
  try {
    let bytes = Buffer.allocUnsafe(FIRST_BYTES);
    for (let length = 0; ; ) {
      const read = readSync(fd, bytes, length, bytes.length - length, null);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
    }
  } finally {
    closeSync(fd);
  }
}
