/**
 * The rights of this process, and its replacement by itself with fewer. Called on the main thread; libbpf is none
 * of its business.
 */
import { readFileSync } from "node:fs";
import koffi from "koffi";
import { lazy } from "./lazy.js";
import { openLibrary } from "./library.js";

/** include/uapi/linux/prctl.h */
const PR_CAPBSET_DROP = 24;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_LOWER = 3;
/** include/uapi/asm-generic/resource.h */
const RLIMIT_MEMLOCK = 8;
/** fcntl.h */
const F_SETFD = 2;
const STANDARD_STREAMS = [0, 1, 2];
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

const libc = lazy(() => {
  const c = openLibrary("libc.so.6", "ipftrace needs glibc");
  return {
    // Variadic in C; arguments that are as wide as a register are passed in the same way.
    prctl: c.func("int prctl(int option, uint64 a, uint64 b, uint64 c, uint64 d)"),
    setGroups: c.func("int setgroups(size_t size, const uint32 *groups)"),
    setLimit: c.func("int setrlimit(int resource, const uint64 *limits)"),
    descriptor: c.func("int fcntl(int fd, int command, int argument)"),
    execute: c.func("int execve(str path, str *arguments, str *environment)"),
  };
});

/** Sets of capabilities, as bits by number; capabilities(7). */
export interface CapabilitySets {
  readonly permitted: bigint;
  /** What an exec can give at most. */
  readonly bounding: bigint;
  readonly ambient: bigint;
}

/** Those of this process. */
export function ownCapabilities(status = readFileSync("/proc/self/status", "utf8")): CapabilitySets {
  const field = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
  return { permitted: field("CapPrm"), bounding: field("CapBnd"), ambient: field("CapAmb") };
}

/** What the process that follows is to have. */
export interface Execution {
  /** Bits of the capabilities that it keeps, where this process has them. */
  readonly kept: bigint;
  /** Whether what programs can get at all is bounded by them, as it must be for root. */
  readonly bounds: boolean;
  /** Groups that it is in, beside those of this process. */
  readonly groups: readonly number[];
}

/**
 * Replaces this process by a new one of the same program and arguments, all threads of which have no more
 * capabilities than these. Does not return; throws what the system says, and then nothing is replaced.
 */
export function executeAgain({ kept, bounds, groups }: Execution): never {
  const { bounding, ambient } = ownCapabilities();
  if (groups.length > 0) joinGroups(groups);
  // Before Linux 5.11 memory of BPF counts for this limit; whoever may not raise it has it raised already, or fails later.
  libc().setLimit(RLIMIT_MEMLOCK, [RLIM_INFINITY, RLIM_INFINITY]);
  for (const number of bounds ? numbersOf(bounding & ~kept) : [])
    checked("prctl(PR_CAPBSET_DROP)", libc().prctl(PR_CAPBSET_DROP, number, 0, 0, 0));
  for (const number of numbersOf(ambient & ~kept))
    checked("prctl(PR_CAP_AMBIENT)", libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, number, 0, 0));
  // Node.js has marked them, and everything else that it was given, to be closed by an exec.
  for (const fd of STANDARD_STREAMS) checked("fcntl", libc().descriptor(fd, F_SETFD, 0));
  const { execPath, execArgv, argv, env } = process;
  const words = [execPath, ...execArgv, ...argv.slice(1), null];
  const variables = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), null];
  libc().execute(execPath, words, variables);
  throw new Error(`execve: errno ${koffi.errno()}`);
}

function joinGroups(groups: readonly number[]): void {
  const all = [...new Set([...(process.getgroups?.() ?? []), ...groups])];
  checked("setgroups", libc().setGroups(all.length, all));
}

/** What kernel.perf_event_paranoid of Debian and Ubuntu has beyond the kernel's own 2: nobody but CAP_SYS_ADMIN. */
const PARANOID_OF_ADMIN = 3;

/**
 * Whether probes take CAP_SYS_ADMIN beside CAP_PERFMON: those of kernels without kprobe.multi (which needs
 * fprobe) are perf events, and Debian's kernels let nobody else open these.
 */
export function probesTakeAdmin(): boolean {
  try {
    const paranoid = Number(readFileSync("/proc/sys/kernel/perf_event_paranoid", "utf8"));
    return paranoid >= PARANOID_OF_ADMIN && !readFileSync("/sys/kernel/btf/vmlinux").includes("register_fprobe");
  } catch {
    return false;
  }
}

/** Numbers of the bits that are set. */
export function numbersOf(bits: bigint): number[] {
  return Array.from({ length: 64 }, (_, number) => number).filter((number) => ((bits >> BigInt(number)) & 1n) === 1n);
}

function checked(what: string, result: unknown): void {
  if (result !== 0) throw new Error(`${what}: errno ${koffi.errno()}`);
}
