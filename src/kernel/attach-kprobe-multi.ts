/**
 * Backend kprobe-multi: one link for all functions with the sk_buff at one position,
 * each with a cookie that names it (Linux 5.18 with CONFIG_FPROBE).
 */
import koffi from "koffi";
import { messageOf } from "../errors.js";
import { libbpf } from "./libbpf.js";
import { type NativeBlock, stringArray, u64Array } from "./native-memory.js";
import type { BpfObject } from "./object.js";
import type { Attached, OnProgress, Refused, TracedFunction } from "./traced-function.js";

/** COOKIE_EGRESS of bpf/probes.h. */
const COOKIE_EGRESS = 1n << 32n;

/** Name of the program for one position. */
export function kprobeMultiProgram(position: number): string {
  return `kprobe_multi_${position}`;
}

/** Attaches functions by name; what the kernel refuses is found by halving and reported. */
export function attachKprobeMulti(
  object: BpfObject,
  functions: readonly TracedFunction[],
  onProgress: OnProgress,
): Attached {
  const refused: Refused[] = [];
  let attached = 0;
  for (let position = 1; position <= 5; position++) {
    const here = functions.filter((traced) => traced.position === position);
    if (here.length === 0) continue;
    const result = attachSet(object, here);
    refused.push(...result);
    attached += here.length - result.length;
    onProgress(attached);
  }
  return { refused };
}

/** Attaches one set with one link, or its halves where the kernel refuses the whole. */
function attachSet(object: BpfObject, set: readonly TracedFunction[]): Refused[] {
  const position = set[0]?.position ?? 1;
  const cookies = set.map(({ id, egress }) => BigInt(id) | (egress ? COOKIE_EGRESS : 0n));
  try {
    linkKprobeMulti(object, {
      program: kprobeMultiProgram(position),
      names: set.map(({ name }) => name),
      cookies,
      onReturn: false,
    });
    return [];
  } catch (reason) {
    const [first] = set;
    if (first === undefined) return [];
    if (set.length === 1) return [{ function: first, reason: messageOf(reason) }];
    const half = set.length >>> 1;
    return [...attachSet(object, set.slice(0, half)), ...attachSet(object, set.slice(half))];
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
export function linkKprobeMulti(object: BpfObject, { program, names, cookies, onReturn }: MultiLink): void {
  const blocks: NativeBlock[] = [stringArray(names), u64Array(cookies)];
  try {
    const [syms, values] = blocks;
    const link = libbpf.attachKprobeMulti(object.program(program), null, {
      sz: koffi.sizeof("bpf_kprobe_multi_opts"),
      syms: syms?.address,
      addrs: null,
      cookies: values?.address,
      cnt: names.length,
      retprobe: onReturn,
    });
    object.addLink(`attach to ${names.length === 1 ? names[0] : `${names.length} functions`}`, link);
  } finally {
    for (const block of blocks) block.free();
  }
}
