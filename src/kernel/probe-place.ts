/**
 * Where in a function a kprobe is put, in the words of kprobe_events.
 *
 * Problem: on a function's first instruction, which is the function tracer's, the kernel arms a kprobe through the
 *          tracer. That walks the list of all functions some five times for each probe: 10 ms in an emulated machine,
 *          as much again to disarm. And each name is looked for among all symbols: 58 ms there on Linux 5.10.
 * Choice:  on x86 the probe goes behind the tracer's instruction, where nothing has happened yet: registers and
 *          stack are those of the entry. There the kernel writes a breakpoint, and soon a jump in its place: 0.04 ms.
 *          Functions are given by address.
 * Limits:  where something else is patched there (static keys), or the tracer's instruction is not the first one
 *          (endbr64), the kernel refuses, and the entry is taken. One function in ten keeps the breakpoint, and
 *          where the kernel makes no jumps of any, the entry is taken. A function that begins with the head of a loop
 *          would be seen at each of its turns. Call stacks would be wrong: the kernel's unwinder is told an
 *          instruction too far.
 *
 * arch/x86/kernel/kprobes, kernel/kprobes.c, kernel/trace/ftrace.c (ftrace_set_filter_ip).
 */
import { readFileSync } from "node:fs";

/** Bytes of the tracer's call, or of the nop in its place (MCOUNT_INSN_SIZE of arch/x86/include/asm/ftrace.h). */
const TRACER_BYTES = 5;

/** The bits above the low 53 of a kernel address: all ones. */
const HIGH_BITS = 0xffe0_0000_0000_0000n;

/**
 * Distance of the instruction pointer that a program sees from the function's address:
 * on x86 one byte further than the probe, as after an int3; at the entry four more where the function begins
 * with endbr64 (arch/x86/kernel/kprobes); on arm64 none, or four after bti.
 */
export const IP_OFFSETS: readonly number[] = process.arch === "x64" ? [1, 5, TRACER_BYTES + 1] : [0, 4];

/** 1 where breakpoints become jumps; not there where the kernel is built without CONFIG_OPTPROBES. */
const JUMPS = "/proc/sys/debug/kprobes-optimization";

/** Whether a probe behind a function's entry costs packets no more than one at it. */
export function hasJumpsBehindEntry(): boolean {
  if (process.arch !== "x64") return false;
  try {
    return readFileSync(JUMPS, "latin1").trim() === "1";
  } catch {
    return false;
  }
}

/**
 * The places to try in turn for a probe that runs when a function is entered. `addresses` are those of the name, by
 * their low 53 bits; where there is not exactly one, the kernel decides by the name whether it is clear.
 */
export function entryPlaces(name: string, addresses: readonly number[], isBehind: boolean): string[] {
  const [address] = addresses;
  if (address === undefined || addresses.length > 1) return [name];
  const offsets = isBehind ? [TRACER_BYTES, 0] : [0];
  return offsets.map((offset) => `0x${(HIGH_BITS | BigInt(address + offset)).toString(16)}`);
}
