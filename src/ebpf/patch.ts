/** Puts generated instructions into the functions that bpf/inject.h makes room for. */
import { elfFunction, elfSection, elfSymbols } from "../btf/elf.js";
import { IpftraceError } from "../errors.js";
import { encode, type Instruction, SLOT_BYTES, slotCount } from "./instruction.js";
import { AluCode, InstructionClass, JumpCode } from "./opcodes.js";
import { Program } from "./program.js";

/** Functions of bpf/ whose instructions user space writes. Each has a guard, the constant `has_` + its name. */
export const stubs = [
  "flow_matches",
  "flow_matches_short",
  "pcap_matches",
  "pcap_matches_short",
  "inner_pcap_matches",
  "where_matches",
  "where_matches_short",
  "is_in_process",
  "collect_custom",
] as const;

/** One of {@link stubs}. */
export type Stub = (typeof stubs)[number];

/** Instructions that the short one of two sizes holds; test/ebpf/patch.test.ts compares. */
export const SHORT_ROOM = 256;

/** The one to write: where bpf/ has the function in two sizes, the smaller one that has room. */
export function stubFor(stub: Stub, instructions: readonly Instruction[]): Stub {
  const short = stubs.find((one) => one === `${stub}_short`);
  return short !== undefined && slotCount(instructions) <= SHORT_ROOM ? short : stub;
}

/** What to write into each; a function that is not given is never called. */
export type Injected = ReadonlyMap<Stub, readonly Instruction[]>;

/** A call of a function of the same object: BPF_PSEUDO_CALL of include/uapi/linux/bpf.h as the source register. */
const CALL = 0x85;
const PSEUDO_CALL = 1;
/** Where functions lie that programs call; calls within it are relative, and have no relocation. */
const FUNCTIONS_SECTION = ".text";
/** r0 = 1, what a function returns that nothing was written into. */
const RETURNS_ONE: Instruction = {
  ...{ opcode: InstructionClass.ALU64 | AluCode.MOVE, destination: "r0", source: "r0" },
  ...{ offset: 0, immediate: 1 },
};

/** Slots of {@link skip}'s own instructions. */
const SKIP_SLOTS = 2;

/**
 * Overwrites the functions in the bytes of the object file. Their last instruction must be an
 * exit; arguments come in r1 and so on.
 *
 * @throws IpftraceError LIMIT_REACHED when a function has no room for its instructions.
 */
export function inject(object: Buffer, injected: Injected): void {
  for (const [stub, instructions] of injected) injectOne(object, stub, instructions);
}

/**
 * Takes the calls of what is not written out of the functions in the object file. Their guards keep them
 * from being called; but libbpf gives every program its own copy of all that has a call, and the kernel
 * spends most of loading a small program on 20,000 instructions that do nothing.
 */
export function leaveOut(object: Buffer, injected: Injected): void {
  const code = elfSection(object, FUNCTIONS_SECTION);
  const places = elfSymbols(object, FUNCTIONS_SECTION);
  const left = new Set(stubs.filter((stub) => !injected.has(stub)).map((stub) => places.get(stub)));
  if (code === undefined) return;
  const replacement = encode([RETURNS_ONE]);
  for (let at = 0; at < code.length; at += SLOT_BYTES) {
    if (code[at] !== CALL || (code[at + 1] as number) >> 4 !== PSEUDO_CALL) continue;
    if (left.has(at + SLOT_BYTES + code.readInt32LE(at + 4) * SLOT_BYTES)) code.set(replacement, at);
  }
}

function injectOne(object: Buffer, stub: Stub, instructions: readonly Instruction[]): void {
  const body = elfFunction(object, stub);
  if (body === undefined) throw new Error(`the BPF object has no function ${stub}`);
  if (instructions.at(-1)?.opcode !== (InstructionClass.JMP64 | JumpCode.EXIT)) {
    throw new Error(`what is written into ${stub} must end with an exit`);
  }
  const room = body.length / SLOT_BYTES - SKIP_SLOTS;
  const length = slotCount(instructions);
  if (length > room) {
    throw new IpftraceError(
      "LIMIT_REACHED",
      `it takes ${length} eBPF instructions, and there is room for ${room}: make it shorter`,
    );
  }
  body.set(encode(skip(room - length)), 0);
  body.set(encode(instructions), body.length - length * SLOT_BYTES);
}

/**
 * Jumps over so many slots, in a way that leaves them reachable in form, as the verifier
 * wants, and never taken in fact, so that it does not walk through them and the kernel
 * removes them.
 */
function skip(slots: number): readonly Instruction[] {
  const program = new Program();
  const end = program.label();
  program.move("r0", 0);
  program.jumpIf("r0", "==", 0, end);
  end.slot = SKIP_SLOTS + slots;
  return program.finish();
}
