/**
 * The instructions by which a program finds out whether the running task is at work itself,
 * or an interrupt has borrowed its CPU: what the kernel's in_task() asks of preempt_count.
 *
 * Where that number lies has changed with x86 kernels, and some do not let programs see it. So it is looked
 * up in BTF, and what it takes is written into is_in_process of bpf/sender.h before the load.
 */
import { type Btf, Kind } from "../btf/btf.js";
import { memberOffset } from "../btf/lookup.js";
import type { Instruction } from "../ebpf/instruction.js";
import { Program } from "../ebpf/program.js";
import { readKernelFile } from "./read-file.js";

/** include/linux/preempt.h: NMI, hard interrupts, and the bit of a soft one that is being served. */
const INTERRUPT_BITS = 0x00f0_0000 | 0x000f_0000 | 0x0000_0100;

/** Its line in /proc/kallsyms. */
const PREEMPT_COUNT = /^[0-9a-f]+ \w (__preempt_count|pcpu_hot)$/m;

/** A variable of each CPU, and where in it the number lies. */
interface Place {
  readonly variable: number;
  readonly offset: number;
}

/** undefined where BTF does not describe the number: before Linux 5.11, and on other CPUs than x86. */
export function processCheck(btf: Btf): readonly Instruction[] | undefined {
  const place = preemptCount(btf);
  if (place === undefined) return undefined;
  const program = new Program();
  const end = program.label();
  program.kernelVariable("r1", place.variable);
  program.call("thisCpuPointer");
  program.load("u32", "r1", "r0", place.offset);
  program.move("r0", 0);
  program.jumpIf("r1", "&", INTERRUPT_BITS, end);
  program.move("r0", 1);
  program.place(end);
  program.exit();
  return program.finish();
}

/**
 * Whether that variable is among the kernel's symbols, without which it refuses the instructions. For
 * reports: a trace finds out by loading them, which takes less time.
 */
export function hasPreemptCountSymbol(): boolean {
  try {
    return PREEMPT_COUNT.test(readKernelFile("/proc/kallsyms").toString("latin1"));
  } catch {
    return false;
  }
}

/** Linux 6.2 to 6.14 had it in a struct with other hot things. */
function preemptCount(btf: Btf): Place | undefined {
  const alone = btf.find(Kind.VAR, "__preempt_count");
  if (alone !== undefined) return { variable: alone, offset: 0 };
  const variable = btf.find(Kind.VAR, "pcpu_hot");
  if (variable === undefined) return undefined;
  const offset = memberOffset(btf, btf.skipModifiers(btf.ref(variable)), "preempt_count");
  return offset === undefined ? undefined : { variable, offset };
}
