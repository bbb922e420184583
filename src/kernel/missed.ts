/**
 * Hits that the kernel did not run our programs for: a probe inside a probe on the same
 * CPU is skipped, and counted in the program (Linux 5.12; kprobes since 6.7).
 */
import { libbpf } from "./libbpf.js";

/** struct bpf_prog_info of include/uapi/linux/bpf.h, up to and with recursion_misses. */
const RECURSION_MISSES = 208;
const INFO_BYTES = 216;

/** The sum over programs; those of kernels that do not count add nothing. */
export function missedHits(programFds: readonly number[]): number {
  let missed = 0n;
  for (const fd of programFds) {
    const info = Buffer.alloc(INFO_BYTES);
    const size = [INFO_BYTES];
    if ((libbpf.programInfo(fd, info, size) as number) === 0) missed += info.readBigUInt64LE(RECURSION_MISSES);
  }
  return Number(missed);
}
