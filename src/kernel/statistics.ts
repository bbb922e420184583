/**
 * Has the kernel measure each run of each eBPF program of the node (BPF_ENABLE_STATS, Linux 5.8). It
 * does so while somebody holds what it gave, and that costs every program two looks at the clock.
 */
import { readFileSync } from "node:fs";
import { IpftraceError } from "../errors.js";
import { libbpf, libc, NativeError } from "./libbpf.js";

/** BPF_STATS_RUN_TIME of include/uapi/linux/bpf.h. */
const RUN_TIME = 0;
/** The same switch for those who may not turn it: an administrator has, or not. */
const SYSCTL = "kernel.bpf_stats_enabled";

/** Measures until it is called. @throws IpftraceError NOT_PERMITTED, KERNEL_UNSUPPORTED */
export function measureRuns(): () => void {
  const fd = libbpf.enableStats(RUN_TIME) as number;
  if (fd >= 0) return () => libc.close(fd);
  const error = new NativeError("what programs cost cannot be measured", -fd);
  if (error.errnoName !== "EPERM") throw new IpftraceError("KERNEL_UNSUPPORTED", error.message, { cause: error });
  if (isMeasuring()) return () => {};
  const remedy = `a budget (max_cpu_percent) needs CAP_SYS_ADMIN, which a server keeps where overhead.maxCpuPercent is set, or "sysctl ${SYSCTL}=1"`;
  throw new IpftraceError("NOT_PERMITTED", `${error.message}: ${remedy}`, { cause: error });
}

function isMeasuring(): boolean {
  try {
    return readFileSync(`/proc/sys/${SYSCTL.replace(".", "/")}`, "utf8").trim() === "1";
  } catch {
    return false;
  }
}
