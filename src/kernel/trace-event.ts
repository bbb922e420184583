/**
 * Trace events that hold many kprobes.
 *
 * Problem: a kprobe for each function costs a link, a file descriptor and, when it
 *          ends, an RCU grace period each: 75-103 ms a function on a slow machine.
 * Choice:  one trace event holds them all (Linux 5.5: several probes in one event), one
 *          perf event enables it, one link runs our program: it detaches three times as
 *          fast, and needs one file descriptor.
 * Limits:  definitions outlive the process that made them, though nothing runs for
 *          them any more; {@link sweepStale} removes those of processes that are gone.
 *
 * Syntax: Documentation/trace/kprobetrace.rst.
 */
import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { IpftraceError } from "../errors.js";
import { makeInBackground } from "./in-background.js";
import { libc } from "./libbpf.js";

const TRACEFS_PATHS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
const GROUP_PREFIX = "ipftrace_";

/** include/uapi/linux/perf_event.h */
const PERF_TYPE_TRACEPOINT = 2;
const PERF_ATTR_SIZE_VER5 = 112;
const PERF_FLAG_FD_CLOEXEC = 8n;
const PERF_EVENT_OPEN_NUMBER: Record<string, number> = { x64: 298, arm64: 241 };

/**
 * Tells this process from others of the same number: a server in a container has the same one each
 * time that it starts, and what one that was killed left behind must not be taken for its own. No two of
 * one number start at the same nanosecond of this boot. (Random bytes would do, but node:crypto takes
 * longer to load than all of this room.)
 */
const OWN = `${GROUP_PREFIX}${process.pid}_${process.hrtime.bigint().toString(16)}_`;

let groupsMade = 0;

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

function tracefs(): string {
  const path = tracefsPath();
  if (path !== undefined) return path;
  throw new IpftraceError(
    "KERNEL_UNSUPPORTED",
    "no kprobe_events in tracefs; mount it: mount -t tracefs tracefs /sys/kernel/tracing",
  );
}

/** A name for a group of events that no other trace and no other process has. */
export function newGroup(): string {
  return `${OWN}${++groupsMade}`;
}

/** What the names of a group's events end in: no other group's do. */
export function eventSuffix(group: string): string {
  return `_${group.slice(GROUP_PREFIX.length)}`;
}

/** Adds a probe on the entry of a function, or on its return, to an event, which the first one makes. */
export function addProbe(group: string, event: string, functionName: string, at: "entry" | "return"): void {
  const type = at === "entry" ? "p" : "r";
  appendFileSync(`${tracefs()}/kprobe_events`, `${type}:${group}/${event} ${functionName}\n`);
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

/** Removes the events of a group; their perf events must be closed. */
export async function removeGroup(group: string): Promise<void> {
  const path = tracefs();
  for (const event of eventNames(path).filter((name) => name.startsWith(`${group}/`))) {
    await appendFile(`${path}/kprobe_events`, `-:${event}\n`);
  }
}

/** Removes events left behind by processes of ours that were killed. */
export async function sweepStale(): Promise<void> {
  const groups = new Set(eventNames(tracefs()).map((name) => name.slice(0, name.indexOf("/"))));
  for (const group of groups) {
    // Of a server in another container, whose numbers mean nothing here, they are in use: the kernel keeps them.
    if (isStale(group)) await removeGroup(group).catch(() => {});
  }
}

function isStale(group: string): boolean {
  const pid = /^ipftrace_(\d+)_\w+$/.exec(group)?.[1];
  if (pid === undefined || group.startsWith(OWN)) return false;
  return Number(pid) === process.pid || !existsSync(`/proc/${pid}`);
}

/** GROUP/EVENT of every kprobe event that is defined. */
function eventNames(path: string): string[] {
  const lines = readFileSync(`${path}/kprobe_events`, "utf8").split("\n");
  return [...new Set(lines.flatMap((line) => /^[pr]\d*:(\S+)/.exec(line)?.[1] ?? []))];
}
