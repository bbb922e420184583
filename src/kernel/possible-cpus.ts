/** Numbers of the CPUs that this machine can have. */
import { readFileSync } from "node:fs";

/** Those that may be plugged in while it runs are among them (Documentation/admin-guide/cputopology.rst). */
const POSSIBLE = "/sys/devices/system/cpu/possible";

/** How many entries a map needs that has one for each CPU's number: numbers may be left out, so no count of CPUs. */
export function cpuNumbers(): number {
  return cpuNumbersOf(readFileSync(POSSIBLE, "latin1"));
}

/** The same of that file's text: ranges in ascending order, like `0-3,8-11`. */
export function cpuNumbersOf(ranges: string): number {
  const last = /(\d+)\s*$/.exec(ranges)?.[1];
  if (last === undefined) throw new Error(`${POSSIBLE} holds no number: "${ranges.trim()}"`);
  return Number(last) + 1;
}
