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
  /** When the ring was found full. */
  readonly ringTimes: LossTimes;
  /** When a packet could not be followed. */
  readonly trackingTimes: LossTimes;
}

/** When something was lost first and last: CLOCK_MONOTONIC, nanoseconds; both 0n when nothing was. */
export interface LossTimes {
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** When nothing was lost. */
export const NEVER: LossTimes = { firstNs: 0n, lastNs: 0n };

/** The sum over a per-CPU array's value: one struct counters for each possible CPU. */
export function sumCounters(value: Buffer): KernelCounters {
  const each = (member: number): bigint[] => {
    const values: bigint[] = [];
    for (let at = 0; at < value.length; at += countersLayout.size) values.push(value.readBigUInt64LE(at + member));
    return values;
  };
  const sum = (member: number): number => Number(each(member).reduce((a, b) => a + b, 0n));
  const times = (first: number, last: number): LossTimes => ({
    firstNs: each(first).reduce(earliest, 0n),
    lastNs: each(last).reduce(latest, 0n),
  });
  return {
    seen: sum(countersLayout.seen),
    filtered: sum(countersLayout.filtered),
    lostRing: sum(countersLayout.lost_ring),
    lostTracking: sum(countersLayout.lost_tracking),
    matched: sum(countersLayout.matched),
    ringTimes: times(countersLayout.ring_first_ns, countersLayout.ring_last_ns),
    trackingTimes: times(countersLayout.tracking_first_ns, countersLayout.tracking_last_ns),
  };
}

/** 0n is no time. */
function earliest(a: bigint, b: bigint): bigint {
  return a === 0n || (b !== 0n && b < a) ? b : a;
}

function latest(a: bigint, b: bigint): bigint {
  return a < b ? b : a;
}
