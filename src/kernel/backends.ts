/**
 * Finds out which backends this kernel allows, by trying each on one function.
 *
 * Asking for a version or a configuration option would not do: distributions backport,
 * and a security policy can refuse what the kernel could do.
 */
import { release } from "node:os";
import { IpftraceError, messageOf } from "../errors.js";
import { attach } from "./attach.js";
import type { AttachRequest, BackendName } from "./attach-request.js";
import type { Catalog } from "./catalog.js";
import { noConditions } from "./conditions.js";
import { NativeError } from "./libbpf.js";
import { requirePrivileges } from "./privileges.js";
import type { TracedFunction } from "./traced-function.js";

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

const NEWER_KERNEL = "boot Linux 5.18 or newer, built with CONFIG_FPROBE (Debian 13 has it)";

/** Tries one backend. */
export async function tryBackend(catalog: Catalog, backend: BackendName): Promise<BackendVerdict> {
  try {
    requirePrivileges();
    const attachment = await attach(catalog, trial(backend), () => {});
    attachment.detach();
    attachment.object.close();
    const [refused] = attachment.refused;
    return refused === undefined
      ? available(backend)
      : { backend, available: false, ...explain(backend, refused.reason) };
  } catch (reason) {
    const cause = reason instanceof Error && reason.cause instanceof NativeError ? reason.cause.errnoName : "";
    return { backend, available: false, ...explain(backend, `${messageOf(reason)} ${cause}`, reason) };
  }
}

function available(backend: BackendName): BackendVerdict {
  return { backend, available: true, reason: "", remedy: "" };
}

function trial(backend: BackendName): AttachRequest {
  const base = { id: 1, position: 1, egress: false, group: "", module: "vmlinux" };
  const traced: TracedFunction =
    backend === "tracepoint"
      ? { ...base, name: `tracepoint:${TRIAL_TRACEPOINT}`, tracepoint: TRIAL_TRACEPOINT }
      : { ...base, name: TRIAL_FUNCTION };
  const nothing = { conditions: noConditions, customBytes: 0, stacks: "none" } as const;
  return { backend, functions: [traced], ...nothing, ringBytes: 4096, trackingEntries: 64 };
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
