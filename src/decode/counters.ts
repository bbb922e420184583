/** Adds up the counters that each CPU keeps. */
import { countersLayout } from "./layout.js";

/** Where the hits of all probes went, over all CPUs. */
export interface KernelCounters {
  /** Probe hits with a packet. */
  readonly seen: number;
  /** Of these: the packet did not match. */
  readonly filtered: number;
  /** Of these: the ring was full. */
  readonly lostRing: number;
  /** Of these: the packet could not be followed. */
  readonly lostTracking: number;
  /** Packets that matched. */
  readonly matched: number;
}

/** The sum over a per-CPU array's value: one struct counters for each possible CPU. */
export function sumCounters(value: Buffer): KernelCounters {
  const sum = (member: number): number => {
    let total = 0n;
    for (let at = 0; at < value.length; at += countersLayout.size) total += value.readBigUInt64LE(at + member);
    return Number(total);
  };
  return {
    seen: sum(countersLayout.seen),
    filtered: sum(countersLayout.filtered),
    lostRing: sum(countersLayout.lost_ring),
    lostTracking: sum(countersLayout.lost_tracking),
    matched: sum(countersLayout.matched),
  };
}
