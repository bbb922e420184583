/** What this machine has of what tracing needs, and how to get the rest. */
import { type Finding, fault, limit, ok } from "./finding.js";
import type { System } from "./system.js";

/** Numbers of capabilities: include/uapi/linux/capability.h. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;
/** A trace takes 75, of which a server may have 16 by default, and a client one. */
const ENOUGH_FILES = 8192;
/** Before Linux 5.11 maps and programs count as locked memory: a ring of 8 MiB, and the map of packets. */
const ENOUGH_LOCKED_BYTES = 64 * 1024 * 1024;

/** In the order in which one mends them. */
export function findLocal(system: System): Finding[] {
  return [privileges, btf, libbpf, libpcap, lockdown, kprobes, tracefs, symbols, openFiles, lockedMemory].map((find) =>
    find(system),
  );
}

function privileges({ read }: System): Finding {
  const status = read("/proc/self/status") ?? "";
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const user = /^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1] ?? "?";
  const has = (capability: bigint): boolean => (effective & (1n << capability)) !== 0n;
  if (has(CAP_SYS_ADMIN)) return ok("privileges", user === "0" ? "root" : `user id ${user} with CAP_SYS_ADMIN`);
  if (has(CAP_BPF) && has(CAP_PERFMON)) return ok("privileges", `user id ${user} with CAP_BPF and CAP_PERFMON`);
  return fault(
    "privileges",
    `user id ${user} without CAP_BPF and CAP_PERFMON`,
    "run as root, or ask a server that runs here: --server unix:/run/ipftrace/ipftraced.sock",
  );
}

function btf({ size }: System): Finding {
  const bytes = size("/sys/kernel/btf/vmlinux");
  if (bytes !== undefined) return ok("kernel types", `/sys/kernel/btf/vmlinux, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
  return fault(
    "kernel types",
    "there is no /sys/kernel/btf/vmlinux",
    "boot a kernel built with CONFIG_DEBUG_INFO_BTF, such as Debian's since 11; in a container, mount /sys",
  );
}

function libbpf({ library }: System): Finding {
  const path = library("libbpf.so.1");
  if (path !== undefined) return ok("libbpf", `${versionIn(path)}, ${path}`);
  return fault(
    "libbpf",
    "libbpf.so.1 is not installed",
    'install it: "apt-get install libbpf1", or the package libbpf',
  );
}

function libpcap({ library }: System): Finding {
  const path = library("libpcap.so.0.8") ?? library("libpcap.so.1");
  if (path !== undefined) return ok("libpcap", `${versionIn(path)}, ${path}`);
  return limit("libpcap", "not installed: no pcap expressions", 'install it: "apt-get install libpcap0.8"');
}

/** "1.1.0" of libbpf.so.1.1.0. */
function versionIn(path: string): string {
  return /\.so\.([\d.]+)$/.exec(path)?.[1] ?? "?";
}

function lockdown({ read }: System): Finding {
  const mode = /\[(\w+)\]/.exec(read("/sys/kernel/security/lockdown") ?? "")?.[1];
  if (mode !== "confidentiality") return ok("lockdown", mode ?? "the kernel has none, or does not tell");
  return fault(
    "lockdown",
    "confidentiality: programs may not read the kernel's memory",
    "boot without lockdown=confidentiality",
  );
}

function kprobes({ read }: System): Finding {
  if (read("/sys/bus/event_source/devices/kprobe/type") !== undefined) return ok("kprobes", "the kernel has them");
  return limit("kprobes", "the kernel has none: tracepoints only", "boot a kernel built with CONFIG_KPROBE_EVENTS");
}

function tracefs({ size }: System): Finding {
  const found = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].find(
    (path) => size(`${path}/kprobe_events`) !== undefined,
  );
  if (found !== undefined) return ok("tracefs", found);
  return limit(
    "tracefs",
    "not mounted, or not for this user: no kprobe backend",
    "as root: mount -t tracefs tracefs /sys/kernel/tracing",
  );
}

/** Nothing but zeros is what the kernel shows to those who may not see; the first symbol may well be at zero. */
function symbols({ read }: System): Finding {
  if (/^0*[1-9a-f]/m.test(read("/proc/kallsyms") ?? "")) return ok("symbols", "/proc/kallsyms shows addresses");
  const setting = read("/proc/sys/kernel/kptr_restrict")?.trim() ?? "?";
  return limit(
    "symbols",
    `/proc/kallsyms hides addresses (kernel.kptr_restrict is ${setting})`,
    setting === "2" ? "as root: sysctl kernel.kptr_restrict=1" : "run as root, or with CAP_SYSLOG",
  );
}

function openFiles({ read }: System): Finding {
  const hard = limitIn(read("/proc/self/limits"), "Max open files");
  if (hard >= ENOUGH_FILES) return ok("open files", `${count(hard)} at most`);
  return limit(
    "open files",
    `${count(hard)} at most: a trace takes 75, a client one`,
    `raise it to ${ENOUGH_FILES}: ulimit -Hn, or LimitNOFILE= of the unit`,
  );
}

function lockedMemory({ read, kernelRelease }: System): Finding {
  const [major = 0, minor = 0] = kernelRelease.split(".").map(Number);
  if (major > 5 || (major === 5 && minor >= 11)) return ok("locked memory", "this kernel does not count BPF's");
  const hard = limitIn(read("/proc/self/limits"), "Max locked memory");
  if (hard >= ENOUGH_LOCKED_BYTES) return ok("locked memory", `${count(hard)} bytes at most`);
  return limit(
    "locked memory",
    `${count(hard)} bytes at most: a trace needs ${ENOUGH_LOCKED_BYTES}`,
    "raise it: ulimit -Hl unlimited, or LimitMEMLOCK=infinity of the unit",
  );
}

/** The hard limit of proc_pid_limits(5); Infinity for "unlimited", and where it is not told. */
function limitIn(limits: string | undefined, name: string): number {
  const hard = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, "m").exec(limits ?? "")?.[1] ?? "unlimited";
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

function count(value: number): string {
  return value === Number.POSITIVE_INFINITY ? "any number" : String(value);
}
