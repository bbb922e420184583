/**
 * Groups of trace events that hold many kprobes each.
 *
 * Problem: a kprobe for each function costs a link, a file descriptor and, when it
 *          ends, an RCU grace period each: 75-103 ms a function on a slow machine.
 * Choice:  one trace event holds many (Linux 5.5: several probes in one event), one
 *          perf event enables it, one link runs our program, one file descriptor.
 * Limits:  definitions outlive the process that made them, though nothing runs for
 *          them any more; {@link sweepStale} removes those of processes that are gone.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { changeProbes, openEvent, probeList } from "./trace-event.js";

const GROUP_PREFIX = "ipftrace_";

/** A function that runs when the machine is switched off. */
const NEVER_CALLED = "kernel_power_off";

/** Probes that are removed by one write. */
const REMOVED_AT_ONCE = 24;

/**
 * Tells this process from others of the same number: a server in a container has the same one each
 * time that it starts, and what one that was killed left behind must not be taken for its own. No two of
 * one number start at the same nanosecond of this boot. (Random bytes would do, but node:crypto takes
 * longer to load than all of this room.)
 */
const OWN = `${GROUP_PREFIX}${process.pid}_${process.hrtime.bigint().toString(16)}_`;

let groupsMade = 0;

/** A name for a group of events that no other trace and no other process has. */
export function newGroup(): string {
  return `${OWN}${++groupsMade}`;
}

/** What the names of a group's events end in: no other group's do. */
export function eventSuffix(group: string): string {
  return `_${group.slice(GROUP_PREFIX.length)}`;
}

/**
 * Makes a group that no other process takes for stale until the file descriptor is closed: the kernel keeps an
 * event that has one probe while it is open. (Of an event with several it would keep the last one only.)
 */
export async function holdGroup(group: string): Promise<number> {
  await changeProbes([`p:${group}/${heldEvent(group)} ${NEVER_CALLED}`]);
  return openEvent(group, heldEvent(group));
}

function heldEvent(group: string): string {
  return `held${eventSuffix(group)}`;
}

/**
 * Removes the events of a group; their perf events must be closed. One probe after the other: the kernel waits for all
 * CPUs each time, and lets others define theirs in between.
 *
 * @throws when it is held.
 */
export async function removeGroup(group: string): Promise<void> {
  const probes = await probesOf(group);
  const held = `${group}/${heldEvent(group)}`;
  if (probes.some(({ event }) => event === held)) await changeProbes([`-:${held}`]);
  const lines = probes.filter(({ event }) => event !== held).map(({ event, place }) => `-:${event} ${place}`);
  for (let start = 0; start < lines.length; start += REMOVED_AT_ONCE) {
    await changeProbes(lines.slice(start, start + REMOVED_AT_ONCE)).catch(() => {});
  }
  const left = new Set((await probesOf(group)).map(({ event }) => event));
  for (const event of left) await changeProbes([`-:${event}`]);
}

/** Removes events left behind by processes of ours that were killed. */
export async function sweepStale(): Promise<void> {
  const groups = new Set((await allProbes()).map(({ event }) => event.slice(0, event.indexOf("/"))));
  for (const group of groups) {
    // Of a server in another container, whose numbers mean nothing here, they are held.
    if (isStale(group)) await removeGroup(group).catch(() => {});
  }
}

function isStale(group: string): boolean {
  const pid = /^ipftrace_(\d+)_\w+$/.exec(group)?.[1];
  if (pid === undefined || group.startsWith(OWN)) return false;
  return Number(pid) === process.pid || !existsSync(`/proc/${pid}`);
}

/** A probe as the kernel lists it. */
interface ListedProbe {
  /** GROUP/EVENT */
  readonly event: string;
  /** Where it is, and its arguments. */
  readonly place: string;
}

async function probesOf(group: string): Promise<ListedProbe[]> {
  return (await allProbes()).filter(({ event }) => event.startsWith(`${group}/`));
}

/** Not synchronously: the kernel may be busy with another trace's. */
async function allProbes(): Promise<ListedProbe[]> {
  const lines = (await readFile(probeList(), "utf8")).split("\n");
  return lines.flatMap((line) => {
    const [, event = "", place = ""] = /^[pr]\d*:(\S+) (.*)/.exec(line) ?? [];
    return event === "" ? [] : [{ event, place }];
  });
}
