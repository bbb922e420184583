/** Adds up the counters that each CPU keeps. */
import { countersLayout } from "./layout.js";

/** Where the hits of all probes went, over all CPUs. */
export interface KernelCounters {
  /** Probe hits with a packet. */
  readonly seen: number;
  /** Of these: the packet did not match. */
  readonly filtered: number;
  /** Packets that matched. */
  readonly matched: number;
  /** Of the hits that were seen, those that are in no record. */
  readonly lost: Readonly<Record<KernelLoss, Lost>>;
}

/**
 * Where the programs lose events: the ring was full; the packet could not be followed; it was one
 * too many in its second; its conversation is not in the sample.
 */
export type KernelLoss = "ring" | "tracking" | "rate" | "sampling";

/** When something was lost first and last: CLOCK_MONOTONIC, nanoseconds; both 0n when nothing was. */
export interface LossTimes {
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** What was lost at one place, and when. */
export interface Lost extends LossTimes {
  readonly events: number;
}

/** When nothing was lost. */
export const NEVER: LossTimes = { firstNs: 0n, lastNs: 0n };

/** The sum over the map's memory: one struct counters for each possible CPU. */
export function sumCounters(memory: Buffer): KernelCounters {
  const each = (member: Member): bigint[] => {
    const values: bigint[] = [];
    for (let at = 0; at < memory.length; at += countersLayout.size) {
      values.push(memory.readBigUInt64LE(at + countersLayout[member]));
    }
    return values;
  };
  const sum = (member: Member): number => Number(each(member).reduce((a, b) => a + b, 0n));
  const lost = (place: KernelLoss): Lost => ({
    events: sum(`lost_${place}`),
    firstNs: each(`${place}_first_ns`).reduce(earliest, 0n),
    lastNs: each(`${place}_last_ns`).reduce(latest, 0n),
  });
  return {
    // Two counters, so that each hit adds to one.
    seen: sum("handled") + sum("filtered"),
    filtered: sum("filtered"),
    matched: sum("matched"),
    lost: { ring: lost("ring"), tracking: lost("tracking"), rate: lost("rate"), sampling: lost("sampling") },
  };
}

type Member = Exclude<keyof typeof countersLayout, "size">;

/** 0n is no time. */
function earliest(a: bigint, b: bigint): bigint {
  return a === 0n || (b !== 0n && b < a) ? b : a;
}

function latest(a: bigint, b: bigint): bigint {
  return a < b ? b : a;
}
