/**
 * Reads records where they lie, as 32-bit words of the ring: no object is made for an
 * event. `at` is always the index of a record's first word.
 *
 * 64-bit numbers: journeys are below 2^53 by construction (bpf/track.h) and become
 * numbers; times are counted from a base that the caller keeps, which leaves 104 days
 * of exact nanoseconds.
 */
import { flowLayout, HopFlag, hopLayout } from "./layout.js";

const TWO_32 = 4_294_967_296;

const TIME = hopLayout.time_ns / 4;
const JOURNEY = hopLayout.journey / 4;
const SKB = hopLayout.skb / 4;
const FUNCTION = hopLayout.function / 4;
const LENGTH = hopLayout.length / 4;
const IFINDEX = hopLayout.ifindex / 4;
const NETNS = hopLayout.netns / 4;
const STACK = hopLayout.stack / 4;
/** cpu in the lower half; flags and end reason in the upper. */
const CPU_FLAGS = hopLayout.cpu / 4;
const DROP_REASON = hopLayout.drop_reason / 4;
const LOST = hopLayout.lost / 4;
const LOCATION = hopLayout.location / 4;

/** First word of the flow_record behind a hop_record. */
export const FLOW_AT = hopLayout.size / 4;
/** icmp_type, icmp_code, link and a reserved byte. */
const LINK_WORD = FLOW_AT + flowLayout.icmp_type / 4;
const DEATHS = FLOW_AT + flowLayout.deaths / 4;
/** Words of a flow_record. */
export const FLOW_WORDS = flowLayout.size / 4;

/** A moment from which times are counted: CLOCK_MONOTONIC in two halves. */
export interface TimeBase {
  readonly low: number;
  readonly high: number;
}

/** Splits a time. */
export function timeBase(monotonicNs: bigint): TimeBase {
  return { low: Number(monotonicNs & 0xffff_ffffn), high: Number(monotonicNs >> 32n) };
}

/** A 64-bit number as a double: exact below 2^53. */
function u64(words: Uint32Array, at: number): number {
  return (words[at + 1] as number) * TWO_32 + (words[at] as number);
}

/** Whether a record of `bytes` at `at` has the size that its own flags promise; modules add `customBytes`. */
export function isWhole(words: Uint32Array, at: number, bytes: number, customBytes: number): boolean {
  if (bytes < hopLayout.size) return false;
  const block = flagsOf(words, at) & HopFlag.CUSTOM ? customBytes : 0;
  return bytes === (customAt(words, at) - at) * 4 + block;
}

/** First word of the block of the modules; only with {@link HopFlag.CUSTOM}. */
export function customAt(words: Uint32Array, at: number): number {
  return at + FLOW_AT + (flagsOf(words, at) & HopFlag.FLOW ? FLOW_WORDS : 0);
}

/** Nanoseconds since `base`; negative for an event before it. */
export function timeOf(words: Uint32Array, at: number, base: TimeBase): number {
  return ((words[at + TIME + 1] as number) - base.high) * TWO_32 + ((words[at + TIME] as number) - base.low);
}

/** Number of the journey. */
export function journeyOf(words: Uint32Array, at: number): number {
  return u64(words, at + JOURNEY);
}

/** Number of the journey that this one came from, or, with {@link HopFlag.LINK}, went into; 0 for none; only with {@link HopFlag.FLOW}. */
export function parentOf(words: Uint32Array, at: number): number {
  return u64(words, at + FLOW_AT + flowLayout.parent / 4);
}

/** How the journey came from its parent: LinkKind; only with {@link HopFlag.FLOW}. */
export function linkOf(words: Uint32Array, at: number): number {
  return ((words[at + LINK_WORD] as number) >>> 16) & 0xff;
}

/** Deaths before at addresses like the packet's own, plus 1; 0: not counted; only in the first record of a journey. */
export function deathsOf(words: Uint32Array, at: number): number {
  return words[at + DEATHS] as number;
}

/** Address of the sk_buff: lower half. */
export function skbLowOf(words: Uint32Array, at: number): number {
  return words[at + SKB] as number;
}

/** Address of the sk_buff: upper half. */
export function skbHighOf(words: Uint32Array, at: number): number {
  return words[at + SKB + 1] as number;
}

/** Id of the function, or the low 53 bits of the instruction pointer. */
export function functionOf(words: Uint32Array, at: number): number {
  return ((words[at + FUNCTION + 1] as number) & 0x1f_ffff) * TWO_32 + (words[at + FUNCTION] as number);
}

/** skb->len. */
export function lengthOf(words: Uint32Array, at: number): number {
  return words[at + LENGTH] as number;
}

/** Interface index. */
export function ifindexOf(words: Uint32Array, at: number): number {
  return words[at + IFINDEX] as number;
}

/** Inode number of the network namespace. */
export function netnsOf(words: Uint32Array, at: number): number {
  return words[at + NETNS] as number;
}

/** Id of the call stack in the kernel's map, plus 1; 0: none. */
export function stackOf(words: Uint32Array, at: number): number {
  return words[at + STACK] as number;
}

/** CPU number. */
export function cpuOf(words: Uint32Array, at: number): number {
  return (words[at + CPU_FLAGS] as number) & 0xffff;
}

/** Bits of {@link HopFlag}. */
export function flagsOf(words: Uint32Array, at: number): number {
  return ((words[at + CPU_FLAGS] as number) >>> 16) & 0xff;
}

/** EndReason, with {@link HopFlag.END}. */
export function endReasonOf(words: Uint32Array, at: number): number {
  return (words[at + CPU_FLAGS] as number) >>> 24;
}

/** enum skb_drop_reason, where the packet was dropped. */
export function dropReasonOf(words: Uint32Array, at: number): number {
  return words[at + DROP_REASON] as number;
}

/** Hops of the journey that found the ring full so far. */
export function lostOf(words: Uint32Array, at: number): number {
  return words[at + LOST] as number;
}

/** The low half of the address that freed the packet, where it was dropped. */
export function locationOf(words: Uint32Array, at: number): number {
  return words[at + LOCATION] as number;
}
