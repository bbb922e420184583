/**
 * Backend kprobe-multi: one link for all functions with the sk_buff at one position,
 * each with a cookie that names it (Linux 5.18 with CONFIG_FPROBE).
 */
import { IpftraceError, messageOf } from "../errors.js";
import { makeInBackground } from "./in-background.js";
import { libbpf, libc } from "./libbpf.js";
import { type NativeBlock, stringArray, u64Array } from "./native-memory.js";
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

/** COOKIE_EGRESS of bpf/probes.h. */
const COOKIE_EGRESS = 1n << 32n;

/** Name of the program for one position. */
export function kprobeMultiProgram(position: number): string {
  return `kprobe_multi_${position}`;
}

/** Attaches functions by name; what the kernel refuses is found by halving and reported. */
export async function attachKprobeMulti(
  object: BpfObject,
  functions: readonly TracedFunction[],
  onProgress: OnProgress,
): Promise<Attached> {
  const refused: Refused[] = [];
  let attached = 0;
  for (let position = 1; position <= 5; position++) {
    const here = functions.filter((traced) => traced.position === position);
    if (here.length === 0) continue;
    const result = await attachSet(object, here);
    refused.push(...result);
    attached += here.length - result.length;
    onProgress(attached);
  }
  return { refused };
}

/** Attaches one set with one link, or its halves where the kernel refuses the whole. */
async function attachSet(object: BpfObject, set: readonly TracedFunction[]): Promise<Refused[]> {
  try {
    await linkKprobeMulti(object, {
      program: kprobeMultiProgram(set[0]?.position ?? 1),
      names: set.map(({ name }) => name),
      cookies: set.map(({ id, egress }) => BigInt(id) | (egress ? COOKIE_EGRESS : 0n)),
      onReturn: false,
    });
    return [];
  } catch (reason) {
    const [first] = set;
    if (first === undefined) return [];
    if (set.length === 1) return [{ function: first, reason: messageOf(reason) }];
    const half = set.length >>> 1;
    return [...(await attachSet(object, set.slice(0, half))), ...(await attachSet(object, set.slice(half)))];
  }
}

/** A program on many functions. */
interface MultiLink {
  readonly program: string;
  readonly names: readonly string[];
  /** One for each name. */
  readonly cookies: readonly bigint[];
  /** Whether the program runs when they return; else when they are entered. */
  readonly onReturn: boolean;
}

/** One link from a program to functions by name. @throws NativeError when the kernel refuses. */
export async function linkKprobeMulti(object: BpfObject, link: MultiLink): Promise<void> {
  const { program, names, cookies, onReturn } = link;
  const blocks: NativeBlock[] = [stringArray(names), u64Array(cookies)];
  try {
    const [symbols, values] = blocks;
    const what = `attach to ${names.length === 1 ? names[0] : `${names.length} functions`}`;
    const attributes = Buffer.alloc(LINK_CREATE_BYTES);
    attributes.writeInt32LE(libbpf.programFd(object.program(program)) as number, 0);
    attributes.writeUInt32LE(BPF_TRACE_KPROBE_MULTI, 8);
    attributes.writeUInt32LE(onReturn ? BPF_F_KPROBE_MULTI_RETURN : 0, 16);
    attributes.writeUInt32LE(names.length, 20);
    attributes.writeBigUInt64LE(symbols?.address ?? 0n, 24);
    attributes.writeBigUInt64LE(values?.address ?? 0n, 40);
    object.addLink(await makeInBackground(what, libc.bpf, bpfNumber(), BPF_LINK_CREATE, attributes, LINK_CREATE_BYTES));
  } finally {
    for (const block of blocks) block.free();
  }
}

function bpfNumber(): number {
  const number = BPF_NUMBER[process.arch];
  if (number !== undefined) return number;
  throw new IpftraceError("KERNEL_UNSUPPORTED", `kprobe-multi does not know the CPU architecture ${process.arch}`);
}
