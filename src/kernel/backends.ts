/**
 * Finds out which backends this kernel allows, by trying each on one function.
 *
 * Asking for a version or a configuration option would not do: distributions backport,
 * and a security policy can refuse what the kernel could do.
 */
import { release } from "node:os";
import { IpftraceError, messageOf } from "../errors.js";
import { attachKprobe, type KprobeRequest, kprobeProgram } from "./attach-kprobe.js";
import { attachKprobeMulti, KPROBE_MULTI_PROGRAM } from "./attach-kprobe-multi.js";
import type { BackendName } from "./attach-request.js";
import { attachTracepoints, slotProgram } from "./attach-tracepoint.js";
import { nowhere } from "./function-table.js";
import { NativeError } from "./libbpf.js";
import { BpfObject } from "./object.js";
import { requirePrivileges } from "./privileges.js";
import type { Refused, TracedFunction } from "./traced-function.js";

/** All backends, best first. */
export const BACKENDS: readonly BackendName[] = ["kprobe-multi", "kprobe", "tracepoint"];

/** Whether a backend works here. */
export interface BackendVerdict {
  readonly backend: BackendName;
  readonly available: boolean;
  /** Why not; empty when available. */
  readonly reason: string;
  /** What to do about it; empty when available, or when nothing can be done. */
  readonly remedy: string;
}

/** A function that every kernel has and that is hit seldom enough to try on. */
const TRIAL_FUNCTION = "icmp_rcv";
const TRIAL_TRACEPOINT = "net_dev_queue";
const TRIED: TracedFunction = {
  ...{ id: 1, name: TRIAL_FUNCTION, position: 1, egress: false, followOnly: false },
  ...{ group: "", module: "vmlinux" },
};

/** Programs of bpf/trial.bpf.c. */
const trialPrograms: Readonly<Record<BackendName, string>> = {
  "kprobe-multi": KPROBE_MULTI_PROGRAM,
  kprobe: kprobeProgram(TRIED),
  tracepoint: slotProgram(0),
};

const NEWER_KERNEL = "boot Linux 5.18 or newer, built with CONFIG_FPROBE (Debian 13 has it)";

/** Tries one backend. */
export async function tryBackend(backend: BackendName): Promise<BackendVerdict> {
  try {
    requirePrivileges();
    const [refused] = await tryAttaching(backend);
    return refused === undefined
      ? { backend, available: true, reason: "", remedy: "" }
      : { backend, available: false, ...explain(backend, refused.reason) };
  } catch (reason) {
    const cause = reason instanceof NativeError ? reason : reason instanceof Error ? reason.cause : undefined;
    const name = cause instanceof NativeError ? cause.errnoName : "";
    return { backend, available: false, ...explain(backend, `${messageOf(reason)} ${name}`, reason) };
  }
}

/** Where functions are takes a tenth of a second to read. */
const TRIED_BY_NAME: KprobeRequest = {
  functions: [TRIED],
  lifeProbes: [],
  hasStacks: false,
  locate: () => new Map(),
};

/** Attaches a program that does nothing to one function or tracepoint; what was refused. */
async function tryAttaching(backend: BackendName): Promise<readonly Refused[]> {
  const programs = new Set([trialPrograms[backend]]);
  const object = BpfObject.load({ name: "trial", programs, entries: {}, injected: new Map() });
  try {
    if (backend === "tracepoint") {
      return attachTracepoints(object, [
        { ...TRIED, name: `tracepoint:${TRIAL_TRACEPOINT}`, tracepoint: TRIAL_TRACEPOINT },
      ]);
    }
    if (backend === "kprobe-multi") return (await attachKprobeMulti(object, [TRIED], nowhere, () => {})).refused;
    const { refused, release } = await attachKprobe(object, TRIED_BY_NAME, () => {});
    await object.detach();
    await release?.();
    return refused;
  } finally {
    object.close();
  }
}

/** The reason in words, from what the kernel said; its own words follow where we do not know better. */
function explain(backend: BackendName, said: string, reason?: unknown): { reason: string; remedy: string } {
  if (reason instanceof IpftraceError && reason.code === "KERNEL_UNSUPPORTED") {
    const [what, ...remedy] = reason.message.split("; ");
    return { reason: what ?? "", remedy: remedy.join("; ") };
  }
  if (reason instanceof IpftraceError && reason.code === "NOT_PERMITTED" && reason.cause === undefined) {
    return { reason: reason.message, remedy: "run as root" };
  }
  if (/EPERM|EACCES/.test(said)) {
    return backend === "tracepoint"
      ? { reason: `the kernel refuses BPF programs: ${said}`, remedy: "run as root" }
      : { reason: "this kernel's policy refuses kprobes", remedy: "as root, look for lockdown or a security module" };
  }
  if (backend === "kprobe-multi" && /ENOTSUP|EOPNOTSUPP/.test(said)) {
    return { reason: "this kernel is built without CONFIG_FPROBE", remedy: NEWER_KERNEL };
  }
  if (backend === "kprobe-multi" && /EINVAL/.test(said)) {
    return { reason: `kprobe-multi came with Linux 5.18, this is ${release()}`, remedy: NEWER_KERNEL };
  }
  return { reason: said.trim(), remedy: "" };
}
