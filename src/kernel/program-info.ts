/** What the kernel counts of each program: struct bpf_prog_info of include/uapi/linux/bpf.h. */
import { libbpf } from "./libbpf.js";

const RUN_TIME_NS = 192;
const RUN_COUNT = 200;
const RECURSION_MISSES = 208;
const INFO_BYTES = 216;

/** Sums over programs. */
export interface ProgramCounts {
  /** Time that they ran, while statistics.ts had the kernel measure it. */
  readonly runTimeNs: bigint;
  /** How often, in that time. */
  readonly runs: bigint;
  /**
   * Hits that the kernel did not run them for: a probe inside a probe on the same CPU is skipped, and
   * counted in the program (Linux 5.12; kprobes since 6.7). 0n on kernels that do not count.
   */
  readonly missed: bigint;
}

/** Reads what the kernel counts of these programs. */
export function programCounts(fds: readonly number[]): ProgramCounts {
  let [runTimeNs, runs, missed] = [0n, 0n, 0n];
  for (const fd of fds) {
    const info = Buffer.alloc(INFO_BYTES);
    if ((libbpf.infoByFd(fd, info, [INFO_BYTES]) as number) !== 0) continue;
    runTimeNs += info.readBigUInt64LE(RUN_TIME_NS);
    runs += info.readBigUInt64LE(RUN_COUNT);
    missed += info.readBigUInt64LE(RECURSION_MISSES);
  }
  return { runTimeNs, runs, missed };
}
