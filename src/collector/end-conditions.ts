/** The conditions of a filter that can only be decided when a journey has ended. */
import { IpftraceError, type Violation } from "../errors.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import type { Filter } from "../gen/ipftrace/v1/filter.js";
import { EndReason } from "../gen/ipftrace/v1/journey.js";
import { NONE } from "../journey/none.js";
import { HOP_WORDS, HopWord, type Slab } from "../journey/slab.js";

/** What a filter asks of journeys. */
export type EndConditions = Pick<
  Filter,
  "dropReasons" | "dropped" | "minDurationNs" | "minHops" | "maxHops" | "passedFunctions"
>;

/** Whether a journey is to be sent. */
export type JourneyTest = (slab: Slab, slot: number) => boolean;

/** What names mean in one trace. */
export interface Names {
  /** Names of the kernel's drop reasons by code; empty where it tells none. */
  readonly dropReasons: Iterable<readonly [number, string]>;
  /** Names of the functions that the trace attaches to, by id. */
  readonly functions: Iterable<readonly [number, string]>;
}

/** In front of the names in the kernel, SKB_DROP_REASON_NO_SOCKET; the contract leaves it out. */
const KERNEL_PREFIX = /^SKB_DROP_REASON_/i;

/**
 * The test for a journey; undefined when every one is wanted.
 *
 * @throws IpftraceError INVALID_INPUT that tells every name that is not known, KERNEL_UNSUPPORTED
 * for a drop reason where the kernel tells none.
 */
export function testOfJourneys(asked: EndConditions, names: Names): JourneyTest | undefined {
  const violations: Violation[] = [];
  const reasons = resolveReasons(asked.dropReasons, names, violations);
  const functions = resolveFunctions(asked.passedFunctions, names, violations);
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  const tests = [
    ...(asked.dropped || reasons.size > 0 ? [wasDropped] : []),
    ...(reasons.size > 0 ? [droppedFor(reasons)] : []),
    ...(asked.minDurationNs > 0n ? [lastsAtLeast(Number(asked.minDurationNs))] : []),
    ...(asked.minHops > 0 ? [hasAtLeast(asked.minHops)] : []),
    ...(asked.maxHops > 0 ? [hasAtMost(asked.maxHops)] : []),
    ...(functions.size > 0 ? [passes(functions)] : []),
  ];
  if (tests.length === 0) return undefined;
  return (slab, slot) => tests.every((test) => test(slab, slot));
}

function resolveReasons(wanted: readonly string[], names: Names, violations: Violation[]): Set<number> {
  const codes = byName([...names.dropReasons].map(([code, name]) => [code, name.toUpperCase()]));
  if (wanted.length > 0 && codes.size === 0) {
    throw new IpftraceError(
      "KERNEL_UNSUPPORTED",
      "filter.drop_reasons: this kernel tells no drop reasons (they came with Linux 5.17): ask for dropped instead",
    );
  }
  return resolve(wanted, "filter.drop_reasons", violations, {
    find: (text) => codes.get(text.replace(KERNEL_PREFIX, "").toUpperCase()),
    fault: (text) =>
      `${quote(text)} is not a drop reason of this kernel${didYouMean(text.replace(KERNEL_PREFIX, ""), codes.keys())}: give a name such as "NO_SOCKET"`,
  });
}

function resolveFunctions(wanted: readonly string[], names: Names, violations: Violation[]): Set<number> {
  const ids = byName(names.functions);
  return resolve(wanted, "filter.passed_functions", violations, {
    find: (text) => ids.get(text),
    fault: (text) =>
      `${quote(text)} is not a function that this trace attaches to${didYouMean(text, ids.keys())}: ExplainTrace names them all`,
  });
}

/** Two subsystems may have a reason of the same name. */
function byName(names: Iterable<readonly [number, string]>): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const [number, name] of names) numbers.set(name, [...(numbers.get(name) ?? []), number]);
  return numbers;
}

interface Resolver {
  find(text: string): readonly number[] | undefined;
  fault(text: string): string;
}

function resolve(wanted: readonly string[], field: string, violations: Violation[], { find, fault }: Resolver) {
  const found = new Set<number>();
  for (const [index, text] of wanted.entries()) {
    const numbers = find(text);
    if (numbers === undefined) violations.push({ field: `${field}[${index}]`, description: fault(text) });
    for (const number of numbers ?? []) found.add(number);
  }
  return found;
}

function wasDropped(slab: Slab, slot: number): boolean {
  return slab.endReason[slot] === EndReason.END_REASON_DROPPED;
}

function droppedFor(reasons: ReadonlySet<number>): JourneyTest {
  return (slab, slot) => reasons.has(slab.dropReason[slot] as number);
}

function lastsAtLeast(minNs: number): JourneyTest {
  return (slab, slot) => (slab.lastNs[slot] as number) - (slab.startNs[slot] as number) >= minNs;
}

function hasAtLeast(hops: number): JourneyTest {
  return (slab, slot) => (slab.hopCount[slot] as number) >= hops;
}

function hasAtMost(hops: number): JourneyTest {
  return (slab, slot) => (slab.hopCount[slot] as number) <= hops;
}

function passes(functions: ReadonlySet<number>): JourneyTest {
  return (slab, slot) => {
    for (let hop = slab.firstHop[slot] as number; hop !== NONE; hop = slab.hopNext[hop] as number) {
      if (functions.has(slab.hop[hop * HOP_WORDS + HopWord.FUNCTION] as number)) return true;
    }
    return false;
  };
}
