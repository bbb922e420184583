/** What the kernel counts of the kprobes of tracefs: kprobe_profile, a line of `EVENT HITS MISSED` for each probe. */

import { eventSuffix } from "./probe-group.js";
import { readKernelFile } from "./read-file.js";
import { tracefsPath } from "./trace-event.js";

/** Hits that the probes of a group have missed, because another kprobe was being handled on that CPU. */
export function kprobeMisses(group: string): number {
  const path = tracefsPath();
  return path === undefined ? 0 : missesIn(readKernelFile(`${path}/kprobe_profile`).toString("latin1"), group);
}

/** The same of the file's text. Events are named without their group, so that their names tell it. */
export function missesIn(profile: string, group: string): number {
  let missed = 0;
  for (const line of profile.split("\n")) {
    const [event, , misses] = line.trim().split(/\s+/);
    if (event?.endsWith(eventSuffix(group))) missed += Number(misses);
  }
  return missed;
}
