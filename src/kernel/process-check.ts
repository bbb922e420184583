/**
 * The instructions by which a program finds out whether the running task is at work itself,
 * or an interrupt has borrowed its CPU: what the kernel's in_task() asks of preempt_count.
 *
 * Where that number lies has changed with x86 kernels, and some do not let programs see it. So it is looked
 * up in BTF, or among the kernel's symbols where BTF has no variables (Debian's 5.10), and what it takes is
 * written into is_in_process of bpf/sender.h before the load.
 */
import { type Btf, Kind } from "../btf/btf.js";
import { memberOffset } from "../btf/lookup.js";
import type { Instruction } from "../ebpf/instruction.js";
import { type Label, Program } from "../ebpf/program.js";
import { readKernelFile } from "./read-file.js";

/** include/linux/preempt.h: NMI, hard interrupts, and the bit of a soft one that is being served. */
const INTERRUPT_BITS = 0x00f0_0000 | 0x000f_0000 | 0x0000_0100;

/** Its line in /proc/kallsyms. */
const PREEMPT_COUNT = /^[0-9a-f]+ \w (__preempt_count|pcpu_hot)$/m;

/** Of x86: where the number lies in each CPU's own memory, and where the table is of where those begin. */
const OFFSET_SYMBOL = /^([0-9a-f]+) A __preempt_count$/m;
const BASES_SYMBOL = /^([0-9a-f]+) \w __per_cpu_offset$/m;
/** The table has an address of 2^3 bytes for each CPU. */
const POINTER_BITS = 3;
/** On the program's stack. */
const BUFFER = -8;

/** What {@link OFFSET_SYMBOL} and {@link BASES_SYMBOL} find. */
interface Addresses {
  readonly bases: bigint;
  readonly offset: bigint;
}

/** A variable of each CPU, and where in it the number lies. */
interface Place {
  readonly variable: number;
  readonly offset: number;
}

/**
 * undefined where neither BTF nor the symbols tell of the number: on other CPUs than x86. `readSymbols` gives the
 * text of /proc/kallsyms, where it is needed.
 */
export function processCheck(btf: Btf, readSymbols: () => string): readonly Instruction[] | undefined {
  const place = preemptCount(btf);
  if (place !== undefined) return typedCheck(place);
  const addresses = preemptAddresses(readSymbols());
  return addresses && untypedCheck(addresses);
}

function typedCheck({ variable, offset }: Place): readonly Instruction[] {
  const program = new Program();
  program.kernelVariable("r1", variable);
  program.call("thisCpuPointer");
  program.load("u32", "r1", "r0", offset);
  return withVerdict(program, program.label());
}

/** Reads this CPU's base, then the number behind it. */
function untypedCheck({ bases, offset }: Addresses): readonly Instruction[] {
  const program = new Program();
  const end = program.label();
  const read = (bytes: number): void => {
    program.move("r1", "r10");
    program.alu("r1", "+", BUFFER);
    program.move("r2", bytes);
    program.call("probeReadKernel");
    program.move("r1", "r0");
    program.move("r0", 0);
    program.jumpIf("r1", "!=", 0, end);
  };
  program.call("processorId");
  program.alu("r0", "<<", POINTER_BITS);
  program.moveWide("r3", bases);
  program.alu("r3", "+", "r0");
  read(8);
  program.load("u64", "r3", "r10", BUFFER);
  program.moveWide("r1", offset);
  program.alu("r3", "+", "r1");
  read(4);
  program.load("u32", "r1", "r10", BUFFER);
  return withVerdict(program, end);
}

/** Ends a program that has the number in r1; who jumps to `end` has its answer in r0. */
function withVerdict(program: Program, end: Label): readonly Instruction[] {
  program.move("r0", 0);
  program.jumpIf("r1", "&", INTERRUPT_BITS, end);
  program.move("r0", 1);
  program.place(end);
  program.exit();
  return program.finish();
}

/** undefined where the symbols have no such variables, or the kernel hides addresses. */
function preemptAddresses(symbols: string): Addresses | undefined {
  const offset = OFFSET_SYMBOL.exec(symbols)?.[1];
  const bases = BASES_SYMBOL.exec(symbols)?.[1];
  if (offset === undefined || bases === undefined || /^0+$/.test(bases)) return undefined;
  return { bases: BigInt(`0x${bases}`), offset: BigInt(`0x${offset}`) };
}

/**
 * Whether that variable is among the kernel's symbols, without which it refuses the instructions. For
 * reports: a trace finds out by loading them, which takes less time.
 */
export function hasPreemptCountSymbol(): boolean {
  try {
    return PREEMPT_COUNT.test(readSymbols());
  } catch {
    return false;
  }
}

/** The text of /proc/kallsyms. */
export function readSymbols(): string {
  return readKernelFile("/proc/kallsyms").toString("latin1");
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
