/** Readers of conditions that the original had not. Each answers as those of values.ts do. */
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";

/** Largest value of a 32-bit field. */
const MAX_UINT32 = 2 ** 32 - 1;

/** How a network namespace may be named; processes and paths are those of this machine. */
export type NamespaceText =
  | { readonly kind: "inode"; readonly inode: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "path"; readonly path: string };

/** How a control group may be named; a path is one of this machine. */
export type CgroupText =
  | { readonly kind: "id"; readonly id: bigint }
  | { readonly kind: "path"; readonly path: string };

/** Both ends included; a max of 0 is none. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A mark, decimal or hexadecimal, with its mask where only some bits count: 0x10/0xf0. */
export function readMark(text: string): Parsed<{ value: number; mask: number }> {
  const [value = "", mask, ...more] = text.split("/");
  const numbers = { value: readUint32(value), mask: mask === undefined ? 0 : readUint32(mask) };
  if (
    numbers.value === undefined ||
    numbers.mask === undefined ||
    numbers.mask + Number(mask === undefined) === 0 ||
    more.length > 0
  ) {
    return {
      error: `${quote(text)} is not a mark: give VALUE or VALUE/MASK, numbers such as 16 or 0x10, up to 0xffffffff`,
    };
  }
  if (mask !== undefined && (numbers.value & ~numbers.mask) !== 0) {
    return {
      error: `${quote(text)} has bits outside of its mask, so that no mark matches: clear them, or widen the mask`,
    };
  }
  return { value: { value: numbers.value, mask: numbers.mask } };
}

function readUint32(text: string): number | undefined {
  const number = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  return number <= MAX_UINT32 ? number : undefined;
}

/** PID, PATH (with a slash), inode:N or the NAME that `ip netns` gives. */
export function readNamespace(text: string): Parsed<NamespaceText> {
  const inode = /^inode:(\d+)$/.exec(text)?.[1];
  if (inode !== undefined && Number(inode) >= 1 && Number(inode) <= MAX_UINT32) {
    return { value: { kind: "inode", inode: Number(inode) } };
  }
  if (/^[1-9]\d{0,9}$/.test(text)) return { value: { kind: "path", path: `/proc/${text}/ns/net` } };
  if (text.includes("/")) return { value: { kind: "path", path: text } };
  if (text !== "" && !/^inode:|^\d|^\.{1,2}$|\0/.test(text)) return { value: { kind: "name", name: text } };
  return {
    error: `${quote(text)} is not a network namespace: give the id of a process, a path such as /proc/self/ns/net, inode:N, or a name of "ip netns list"`,
  };
}

/** The path of a control group's directory, or id:N. */
export function readCgroup(text: string): Parsed<CgroupText> {
  const id = /^id:([1-9]\d{0,18})$/.exec(text)?.[1];
  if (id !== undefined) return { value: { kind: "id", id: BigInt(id) } };
  if (text.startsWith("/")) return { value: { kind: "path", path: text } };
  return {
    error: `${quote(text)} is not a control group: give the path of its directory, such as /sys/fs/cgroup/system.slice, or id:N`,
  };
}

/** MIN-MAX, MIN- or one number. `what` is what is counted. */
export function readRange(what: string): (text: string) => Parsed<Range> {
  return (text) => {
    const [, low = "", dash, high = ""] = /^(\d{1,10})(-)?(\d{1,10})?$/.exec(text) ?? [];
    const min = Number(low);
    const max = dash === undefined ? min : Number(high);
    const isRange = low !== "" && (high === "" || max >= min) && min + max > 0 && Math.max(min, max) <= MAX_UINT32;
    if (isRange && (high === "" || max > 0)) return { value: { min, max } };
    return { error: `${quote(text)} is not a range of ${what}: give MIN-MAX, MIN- or one number, for example 2-10` };
  };
}

/** Names with commas between them. */
export function readNames(example: string): (text: string) => Parsed<readonly string[]> {
  return (text) => {
    const names = text.split(",").map((name) => name.trim());
    if (names.every((name) => name !== "")) return { value: names };
    return { error: `${quote(text)} has an empty name: give NAME or NAME,NAME, for example ${example}` };
  };
}

const NANOSECONDS = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9 } as const;

/** A time with its unit, in whole nanoseconds from 1. */
export function readTimeNs(text: string): Parsed<bigint> {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m)$/.exec(text);
  const unit = match?.[2] as keyof typeof NANOSECONDS | undefined;
  const ns = unit === undefined ? 0 : Math.round(Number(match?.[1]) * NANOSECONDS[unit]);
  if (ns >= 1 && Number.isSafeInteger(ns)) return { value: BigInt(ns) };
  return { error: `${quote(text)} is not a time (a number with ns, us, ms, s or m: 50us, 1.5ms, 2s; from 1ns)` };
}
