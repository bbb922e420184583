/** Whether this process may load and attach tracing programs. */
import { readFileSync } from "node:fs";
import { IpftraceError } from "../errors.js";

/** Numbers of capabilities: include/uapi/linux/capability.h. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

/** @throws IpftraceError NOT_PERMITTED that says what is missing. */
export function requirePrivileges(): void {
  const effective = effectiveCapabilities();
  const has = (capability: bigint): boolean => (effective & (1n << capability)) !== 0n;
  if (has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON))) return;
  throw new IpftraceError(
    "NOT_PERMITTED",
    `tracing needs root, or the capabilities CAP_BPF and CAP_PERFMON; this process has user id ${process.getuid?.()} and not both of them`,
  );
}

/** CapEff of proc(5). */
function effectiveCapabilities(): bigint {
  const field = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return BigInt(`0x${field ?? "0"}`);
}
