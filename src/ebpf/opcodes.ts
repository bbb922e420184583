/** Numbers of eBPF operations. Source: include/uapi/linux/bpf.h and bpf_common.h. */

/** Instruction classes: the low three bits of an opcode. */
export const InstructionClass = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU32: 4, JMP64: 5, JMP32: 6, ALU64: 7 } as const;

/** Bit of an opcode: the operand is a register, not the immediate. */
export const FROM_REGISTER = 0x08;

/** Bits of a load or store: memory at register + offset. */
export const MODE_MEMORY = 0x60;

/** Bits of a load or store: how many bytes, without sign. */
export const sizes = { u8: 0x10, u16: 0x08, u32: 0x00, u64: 0x18 } as const;

/** Arithmetic: destination = destination operator operand. Division by zero gives 0, its rest the dividend. */
export const aluOperators = {
  "+": 0x00,
  "-": 0x10,
  "*": 0x20,
  "/": 0x30,
  "|": 0x40,
  "&": 0x50,
  "<<": 0x60,
  ">>": 0x70,
  "%": 0x90,
  "^": 0xa0,
  "s>>": 0xc0,
} as const;

/** Arithmetic without an operator sign. */
export const AluCode = { NEGATE: 0x80, MOVE: 0xb0, BYTE_ORDER: 0xd0 } as const;

/** Conditions; "&" is "has a bit in common", those with an "s" compare signed numbers. */
export const conditions = {
  "==": 0x10,
  ">": 0x20,
  ">=": 0x30,
  "&": 0x40,
  "!=": 0x50,
  "s>": 0x60,
  "s>=": 0x70,
  "<": 0xa0,
  "<=": 0xb0,
  "s<": 0xc0,
  "s<=": 0xd0,
} as const;

/** Jumps without a condition. */
export const JumpCode = { ALWAYS: 0x00, CALL: 0x80, EXIT: 0x90 } as const;

/** Helper functions of the kernel that every supported kernel has. */
export const helpers = {
  /** u32 bpf_get_smp_processor_id(void) */
  processorId: 8,
  /** long bpf_probe_read_kernel(void *to, u32 bytes, const void *from): 0, or a negative errno; then `to` is zeroed. */
  probeReadKernel: 113,
  /** void *bpf_this_cpu_ptr(const void *percpu_ptr): where this CPU has its copy of a variable. Since Linux 5.10. */
  thisCpuPointer: 154,
  /** long bpf_probe_read_kernel_str(void *to, u32 bytes, const void *from): length with the NUL, or a negative errno. */
  probeReadKernelText: 115,
} as const;

/** Source register of a 64-bit number that is a variable's BTF id: BPF_PSEUDO_BTF_ID. */
export const PSEUDO_BTF_ID = "r3";

/** How many bytes a load or store moves. */
export type Size = keyof typeof sizes;
/** Sign of an arithmetic operation. */
export type AluOperator = keyof typeof aluOperators;
/** Sign of a comparison. */
export type Condition = keyof typeof conditions;
/** Name of a helper function. */
export type Helper = keyof typeof helpers;
