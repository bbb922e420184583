/** A server keeps only the capabilities that it uses. */
import { IpftraceError, messageOf } from "../errors.js";
import { type CapabilitySets, executeAgain, numbersOf, ownCapabilities, probesTakeAdmin } from "../kernel/execution.js";

/** Numbers of include/uapi/linux/capability.h. */
const numbers = {
  CAP_DAC_OVERRIDE: 1,
  CAP_SETGID: 6,
  CAP_SETPCAP: 8,
  CAP_NET_BIND_SERVICE: 10,
  CAP_SYS_ADMIN: 21,
  CAP_SYSLOG: 34,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const;
type Capability = keyof typeof numbers;

/** What the configuration and the user make necessary. */
export interface Needs {
  readonly isRoot: boolean;
  /** Whether a port below 1024 is listened at. */
  readonly lowPorts: boolean;
  /** Whether what programs cost is measured. */
  readonly measures: boolean;
  /** Whether the kernel's probes take more than CAP_PERFMON. */
  readonly probes: boolean;
}

/** Capabilities that the server uses: to load and attach, to find functions, and what else is necessary. */
export function neededCapabilities({ isRoot, lowPorts, measures, probes }: Needs): readonly Capability[] {
  return [
    "CAP_BPF",
    "CAP_PERFMON",
    // Addresses in /proc/kallsyms.
    "CAP_SYSLOG",
    // tracefs, where kprobes are made on kernels without kprobe.multi: it is root's.
    ...(isRoot ? [] : (["CAP_DAC_OVERRIDE"] as const)),
    ...(lowPorts ? (["CAP_NET_BIND_SERVICE"] as const) : []),
    // BPF_ENABLE_STATS, and perf_event_open(2) where CAP_PERFMON is not enough.
    ...(measures || probes ? (["CAP_SYS_ADMIN"] as const) : []),
  ];
}

/** Bits of capabilities. */
export function bitsOf(capabilities: readonly Capability[]): bigint {
  return capabilities.reduce((bits, name) => bits | (1n << BigInt(numbers[name])), 0n);
}

/** What is to be done about capabilities that are not needed. */
export function planOf(
  { permitted }: Pick<CapabilitySets, "permitted">,
  needs: Needs,
): "nothing" | "execute-again" | "impossible" {
  if ((permitted & ~bitsOf(neededCapabilities(needs))) === 0n) return "nothing";
  // What root's programs get is bounded by a set that only this capability may change; others get what is ambient.
  const mayBound = !needs.isRoot || (permitted & bitsOf(["CAP_SETPCAP"])) !== 0n;
  return mayBound ? "execute-again" : "impossible";
}

/** A process that has what it needs, or more than that for a reason. */
export interface Confined {
  /** Names of its capabilities. */
  readonly capabilities: readonly string[];
  /** Why it has more than it needs. */
  readonly warning: string | undefined;
}

/**
 * Where the process has more capabilities than it needs, it is replaced by itself with these alone, before anything
 * else has begun: a thread can give up only its own, and Node.js has several. It joins `groups`, to which it gives
 * its sockets, while it may.
 *
 * @throws IpftraceError NOT_PERMITTED
 */
export function confine(given: Omit<Needs, "probes">, groups: readonly number[]): Confined {
  const needs = { ...given, probes: probesTakeAdmin() };
  const sets = ownCapabilities();
  const plan = planOf(sets, needs);
  if (plan === "execute-again") return replace(sets, needs, groups);
  const warning =
    plan === "impossible" ? "capabilities that are not needed stay: to give them up takes CAP_SETPCAP" : undefined;
  return { capabilities: namesOf(sets.permitted), warning };
}

function replace({ permitted }: CapabilitySets, needs: Needs, groups: readonly number[]): never {
  const mayJoin = (permitted & bitsOf(["CAP_SETGID"])) !== 0n;
  try {
    return executeAgain({
      kept: bitsOf(neededCapabilities(needs)),
      bounds: needs.isRoot,
      groups: mayJoin ? groups : [],
    });
  } catch (reason) {
    const remedy = 'set "security.dropCapabilities: false" to start with all of them';
    throw new IpftraceError("NOT_PERMITTED", `capabilities cannot be given up: ${messageOf(reason)}; ${remedy}`, {
      cause: reason,
    });
  }
}

function namesOf(bits: bigint): string[] {
  return numbersOf(bits).map((number) => {
    return Object.entries(numbers).find(([, known]) => known === number)?.[0] ?? `CAP_${number}`;
  });
}
