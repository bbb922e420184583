/** Classic BPF, as libpcap's compiler emits it. Source: pcap/bpf.h of libpcap, and its interpreter, bpf_filter.c. */

/** One instruction of a classic program, struct bpf_insn. */
export interface ClassicInstruction {
  readonly code: number;
  /** How many instructions to skip when a condition holds, or does not. */
  readonly jt: number;
  readonly jf: number;
  /** 32 bits, unsigned. */
  readonly k: number;
}

/** Instruction classes: the low three bits of a code. */
export const ClassicClass = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, RET: 6, MISC: 7 } as const;

/** Modes of loads: `code & 0xe0`. */
export const ClassicMode = { IMM: 0x00, ABS: 0x20, IND: 0x40, MEM: 0x60, LEN: 0x80, MSH: 0xa0 } as const;

/** `code & 0x08`: the operand is X, not k. */
export const CLASSIC_X = 0x08;

/** `code & 0x18` of a return: A is the verdict, not k. */
export const CLASSIC_RETURN_A = 0x10;

/** `code & 0x80` of a move: X to A, not A to X. */
export const CLASSIC_TXA = 0x80;

/** Words of scratch memory. */
export const CLASSIC_MEMORY_WORDS = 16;

/** Bytes that a load reads, by `code & 0x18`. */
export function classicLoadBytes(code: number): 1 | 2 | 4 {
  const size = code & 0x18;
  if (size === 0x00) return 4;
  if (size === 0x08) return 2;
  if (size === 0x10) return 1;
  throw new Error(`classic BPF has no load with the code ${code}`);
}

/** Where the run may go on after the instruction at `index`; empty after a return. */
export function classicSuccessors({ code, jt, jf, k }: ClassicInstruction, index: number): number[] {
  const family = code & 0x07;
  if (family === ClassicClass.RET) return [];
  if (family !== ClassicClass.JMP) return [index + 1];
  return (code & 0xf0) === 0 ? [index + 1 + k] : [index + 1 + jt, index + 1 + jf];
}

/** Whether a program jumps back, as only libpcap's `protochain` does: the kernel could not tell that it ends. */
export function classicLoops(program: readonly ClassicInstruction[]): boolean {
  return program.some(({ code, k }) => (code & 0x07) === ClassicClass.JMP && (code & 0xf0) === 0 && k > 0x7fff_ffff);
}

/** Whether a program reads what Linux knows about a packet, at offsets from SKF_AD_OFF on (linux/filter.h). */
export function classicReadsMetadata(program: readonly ClassicInstruction[]): boolean {
  return program.some(
    ({ code, k }) => (code & 0x07) === ClassicClass.LD && (code & 0xe0) === ClassicMode.ABS && k >= 0xffff_f000,
  );
}

/** Which instructions a run can come to. @throws Error for a program that runs over its end. */
export function classicReachable(program: readonly ClassicInstruction[]): ReadonlySet<number> {
  const reachable = new Set([0]);
  for (const [index, instruction] of program.entries()) {
    if (!reachable.has(index)) continue;
    for (const next of classicSuccessors(instruction, index)) {
      if (next >= program.length) throw new Error(`classic BPF goes on behind its end, at instruction ${index}`);
      reachable.add(next);
    }
  }
  return reachable;
}
