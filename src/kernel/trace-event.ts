/** Trace events of kprobes, in tracefs (Documentation/trace/kprobetrace.rst). */
import { readFileSync, statSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { IpftraceError } from "../errors.js";
import { makeInBackground } from "./in-background.js";
import { libc } from "./libbpf.js";

const TRACEFS_PATHS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** include/uapi/linux/perf_event.h */
const PERF_TYPE_TRACEPOINT = 2;
const PERF_ATTR_SIZE_VER5 = 112;
const PERF_FLAG_FD_CLOEXEC = 8n;
const PERF_EVENT_OPEN_NUMBER: Record<string, number> = { x64: 298, arm64: 241 };

/** Where tracefs is mounted; undefined when it is not. */
export function tracefsPath(): string | undefined {
  return TRACEFS_PATHS.find((path) => isThere(`${path}/kprobe_events`));
}

/** Not existsSync: access(2), which it asks, does not count the capabilities of users other than root. */
function isThere(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The kernel's list of probes. @throws IpftraceError KERNEL_UNSUPPORTED where it is not. */
export function probeList(): string {
  return `${tracefs()}/kprobe_events`;
}

function tracefs(): string {
  const path = tracefsPath();
  if (path !== undefined) return path;
  throw new IpftraceError(
    "KERNEL_UNSUPPORTED",
    "no kprobe_events in tracefs; mount it: mount -t tracefs tracefs /sys/kernel/tracing",
  );
}

/**
 * Changes the list of probes by the kernel's words for it: `p:GROUP/EVENT PLACE …` defines one, and its event with the
 * first, `-:GROUP/EVENT PLACE …` removes it. What comes before the first line that the kernel refuses is done.
 *
 * @throws as appendFile does.
 */
export async function changeProbes(lines: readonly string[]): Promise<void> {
  await appendFile(probeList(), lines.map((line) => `${line}\n`).join(""));
}

/** Opens a perf event on a trace event; the caller owns the file descriptor. */
export async function openEvent(group: string, event: string): Promise<number> {
  const number = PERF_EVENT_OPEN_NUMBER[process.arch];
  if (number === undefined) {
    throw new IpftraceError(
      "KERNEL_UNSUPPORTED",
      `the kprobe backend does not know the CPU architecture ${process.arch}`,
    );
  }
  const id = Number(readFileSync(`${tracefs()}/events/${group}/${event}/id`, "utf8"));
  const attributes = Buffer.alloc(PERF_ATTR_SIZE_VER5);
  attributes.writeUInt32LE(PERF_TYPE_TRACEPOINT, 0);
  attributes.writeUInt32LE(PERF_ATTR_SIZE_VER5, 4);
  attributes.writeBigUInt64LE(BigInt(id), 8);
  attributes.writeBigUInt64LE(1n, 16);
  // CPU 0 stands for all: a BPF program of a kprobe event runs wherever the probe is hit.
  const what = `open the perf event ${group}/${event}`;
  return makeInBackground(what, libc.perfEventOpen, number, attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}
