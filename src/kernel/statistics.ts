/**
 * Has the kernel measure each run of each eBPF program of the node (BPF_ENABLE_STATS, Linux 5.8). It
 * does so while somebody holds what it gave, and that costs every program two looks at the clock.
 */
import { IpftraceError } from "../errors.js";
import { libbpf, libc, NativeError } from "./libbpf.js";

/** BPF_STATS_RUN_TIME of include/uapi/linux/bpf.h. */
const RUN_TIME = 0;

/** Measures until it is called. @throws IpftraceError NOT_PERMITTED, KERNEL_UNSUPPORTED */
export function measureRuns(): () => void {
  const fd = libbpf.enableStats(RUN_TIME) as number;
  if (fd >= 0) return () => libc.close(fd);
  const error = new NativeError("the kernel does not measure what programs cost", -fd);
  if (error.errnoName === "EPERM") {
    const remedy =
      "a budget (max_cpu_percent) needs the right CAP_SYS_ADMIN when the server starts, or none must be set";
    throw new IpftraceError("NOT_PERMITTED", `${error.message}: ${remedy}`, { cause: error });
  }
  throw new IpftraceError("KERNEL_UNSUPPORTED", error.message, { cause: error });
}
