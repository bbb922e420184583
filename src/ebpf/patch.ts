/** Puts generated instructions into the functions that bpf/inject.h makes room for. */
import { elfFunction } from "../btf/elf.js";
import { IpftraceError } from "../errors.js";
import { encode, type Instruction, SLOT_BYTES, slotsOf } from "./instruction.js";
import { InstructionClass, JumpCode } from "./opcodes.js";
import { Program } from "./program.js";

/** Functions of bpf/ whose instructions user space writes. Each has a guard, the constant `has_` + its name. */
export const stubs = [
  "flow_matches",
  "pcap_matches",
  "inner_pcap_matches",
  "where_matches",
  "is_in_process",
  "collect_custom",
] as const;

/** One of {@link stubs}. */
export type Stub = (typeof stubs)[number];

/** What to write into each; a function that is not given is never called. */
export type Injected = ReadonlyMap<Stub, readonly Instruction[]>;

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

function injectOne(object: Buffer, stub: Stub, instructions: readonly Instruction[]): void {
  const body = elfFunction(object, stub);
  if (body === undefined) throw new Error(`the BPF object has no function ${stub}`);
  if (instructions.at(-1)?.opcode !== (InstructionClass.JMP64 | JumpCode.EXIT)) {
    throw new Error(`what is written into ${stub} must end with an exit`);
  }
  const room = body.length / SLOT_BYTES - SKIP_SLOTS;
  const length = instructions.reduce((sum, one) => sum + slotsOf(one), 0);
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
