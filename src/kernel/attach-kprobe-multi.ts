/**
 * Backend kprobe-multi: one link for all functions, each with a cookie that names it and tells where
 * its sk_buff is (Linux 5.18 with CONFIG_FPROBE).
 */
import { IpftraceError, messageOf } from "../errors.js";
import type { Places } from "./function-table.js";
import { makeInBackground } from "./in-background.js";
import { libbpf, libc } from "./libbpf.js";
import { stringArray, u64Array } from "./native-memory.js";
import type { BpfObject } from "./object.js";
import type { Attached, OnProgress, Refused, TracedFunction } from "./traced-function.js";

/**
 * include/uapi/linux/bpf.h: the command, and what its attributes {program, target, type, flags,
 * kprobe_multi {flags, count, names, addresses, cookies}} are made of. Not by libbpf, whose functions
 * must be called on one thread, and this takes long.
 */
const BPF_LINK_CREATE = 28;
const BPF_TRACE_KPROBE_MULTI = 42;
const BPF_F_KPROBE_MULTI_RETURN = 1;
const LINK_CREATE_BYTES = 48;
const BPF_NUMBER: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

/** Those of bpf/probes.h. */
const COOKIE_EGRESS = 1n << 32n;
const COOKIE_FOLLOW_ONLY = 1n << 33n;
const COOKIE_POSITION_SHIFT = 34n;

/** Name of the program. */
export const KPROBE_MULTI_PROGRAM = "kprobe_multi";

/** Attaches functions; what the kernel refuses is found by halving and reported. */
export async function attachKprobeMulti(
  object: BpfObject,
  functions: readonly TracedFunction[],
  places: Places,
  onProgress: OnProgress,
): Promise<Attached> {
  const refused: Refused[] = [];
  let attached = 0;
  for (const set of setsOf(functions, places)) {
    const result = await attachSet(object, set);
    refused.push(...result);
    attached += set.length - result.length;
    onProgress(attached);
  }
  return { refused };
}

/** A function, and where it is, as often as the kernel has it; nowhere: it is attached by name. */
interface Placed {
  readonly traced: TracedFunction;
  readonly addresses: readonly bigint[];
}

/** Those attached by address, and those by name. */
function setsOf(functions: readonly TracedFunction[], places: Places): Placed[][] {
  const placed = functions.map((traced) => ({ traced, addresses: places.addresses(traced.name, traced.position) }));
  const sets = [
    placed.filter(({ addresses }) => addresses.length > 0),
    placed.filter(({ addresses }) => addresses.length === 0),
  ];
  return sets.filter(({ length }) => length > 0);
}

/** Attaches one set with one link, or its halves where the kernel refuses the whole. */
async function attachSet(object: BpfObject, set: readonly Placed[]): Promise<Refused[]> {
  const [first] = set;
  if (first === undefined) return [];
  const byName = first.addresses.length === 0;
  const targets = set.flatMap(({ traced, addresses }) => {
    const cookie = cookieOf(traced);
    return (byName ? [traced.name] : addresses).map((place) => ({ place, cookie }));
  });
  try {
    const what = set.length === 1 ? first.traced.name : `${set.length} functions`;
    await linkKprobeMulti(object, { what, program: KPROBE_MULTI_PROGRAM, targets, onReturn: false });
    return [];
  } catch (reason) {
    if (set.length === 1) return [{ function: first.traced, reason: messageOf(reason) }];
    const half = set.length >>> 1;
    return [...(await attachSet(object, set.slice(0, half))), ...(await attachSet(object, set.slice(half)))];
  }
}

function cookieOf({ id, egress, followOnly, position }: TracedFunction): bigint {
  const bits = (egress ? COOKIE_EGRESS : 0n) | (followOnly ? COOKIE_FOLLOW_ONLY : 0n);
  return BigInt(id) | bits | (BigInt(position) << COOKIE_POSITION_SHIFT);
}

/** A function that a program is attached to. */
export interface Target {
  /** Its name, or its address. */
  readonly place: string | bigint;
  readonly cookie: bigint;
}

/** A program on many functions. */
interface MultiLink {
  /** What it is attached to, for messages: never an address. */
  readonly what: string;
  readonly program: string;
  /** All by name, or all by address. */
  readonly targets: readonly Target[];
  /** Whether the program runs when they return; else when they are entered. */
  readonly onReturn: boolean;
}

/** One link from a program to functions. @throws NativeError when the kernel refuses. */
export async function linkKprobeMulti(object: BpfObject, link: MultiLink): Promise<void> {
  const { what, program, targets, onReturn } = link;
  const names = targets.map(({ place }) => place).filter((place) => typeof place === "string");
  const addresses = targets.map(({ place }) => place).filter((place) => typeof place === "bigint");
  const given = names.length > 0 ? stringArray(names) : u64Array(addresses);
  const cookies = u64Array(targets.map(({ cookie }) => cookie));
  try {
    const attributes = Buffer.alloc(LINK_CREATE_BYTES);
    attributes.writeInt32LE(libbpf.programFd(object.program(program)) as number, 0);
    attributes.writeUInt32LE(BPF_TRACE_KPROBE_MULTI, 8);
    attributes.writeUInt32LE(onReturn ? BPF_F_KPROBE_MULTI_RETURN : 0, 16);
    attributes.writeUInt32LE(targets.length, 20);
    attributes.writeBigUInt64LE(given.address, names.length > 0 ? 24 : 32);
    attributes.writeBigUInt64LE(cookies.address, 40);
    object.addLink(
      await makeInBackground(
        `attach to ${what}`,
        libc.bpf,
        bpfNumber(),
        BPF_LINK_CREATE,
        attributes,
        LINK_CREATE_BYTES,
      ),
    );
  } finally {
    given.free();
    cookies.free();
  }
}

function bpfNumber(): number {
  const number = BPF_NUMBER[process.arch];
  if (number !== undefined) return number;
  throw new IpftraceError("KERNEL_UNSUPPORTED", `kprobe-multi does not know the CPU architecture ${process.arch}`);
}
