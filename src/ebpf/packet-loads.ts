/** Loads from a packet, as classic BPF has them: what is out of bounds is no match. */
import type { Register } from "./instruction.js";
import type { Label, Program } from "./program.js";
import { packetViewLayout, VIEW_HEAD_BYTES } from "./view.js";

/** How many bytes a load reads; they are a number in network order. */
export type LoadBytes = 1 | 2 | 4;

/** Registers that outlive a call, as {@link openView} sets them. */
const VIEW = "r8";
const CAPTURED = "r9";

/** Where the bytes of a load arrive, below the end of the stack. */
const LOADED = -8;

/** First byte of the stack, from its end down, that these loads do not use. */
export const LOADS_STACK = LOADED;

/** No packet is longer: linear parts have 32 bits, and immediates are signed. */
const MAX_OFFSET = 0x7fff_ffff;

const sizes = { 1: "u8", 2: "u16", 4: "u32" } as const;

/** Takes the address of the view from r1; leaves its layer there. */
export function openView(program: Program): void {
  program.move(VIEW, "r1");
  program.load("u32", CAPTURED, VIEW, packetViewLayout.captured);
  program.load("u32", "r1", VIEW, packetViewLayout.layer);
}

/** Loads into the registers of one program; jumps to `reject` when the packet is too short. */
export class PacketLoads {
  readonly #program: Program;
  readonly #reject: Label;

  constructor(program: Program, reject: Label) {
    this.#program = program;
    this.#reject = reject;
  }

  /** The length of the whole packet. */
  length(to: Register): void {
    this.#program.load("u32", to, VIEW, packetViewLayout.length);
  }

  /** From an offset that is known. */
  at(to: Register, offset: number, bytes: LoadBytes): void {
    const program = this.#program;
    if (offset > MAX_OFFSET) {
      this.rejectAlways();
    } else if (offset + bytes > VIEW_HEAD_BYTES) {
      program.move("r3", offset);
      this.#far(to, bytes, () => program.load("u64", "r1", VIEW, packetViewLayout.rest));
    } else {
      program.jumpIf32(CAPTURED, "<", offset + bytes, this.#reject);
      this.#fromHead(to, offset, bytes, "r1", "r2");
    }
  }

  /** From a register + an offset: may lie in the view's head, where a tag may have been put in. */
  indirect(to: Register, index: Register, offset: number, bytes: LoadBytes): void {
    const program = this.#program;
    if (offset > MAX_OFFSET) {
      this.rejectAlways();
      return;
    }
    program.move32("r3", index);
    program.alu("r3", "+", offset);
    this.#far(to, bytes, () => {
      const behind = program.label();
      program.load("u64", "r1", VIEW, packetViewLayout.rest);
      program.jumpIf("r3", ">", VIEW_HEAD_BYTES - bytes, behind);
      program.move("r1", VIEW);
      program.place(behind);
    });
  }

  /** In the form of a condition: what follows must look as if a run could come to it. */
  rejectAlways(): void {
    this.#program.jumpIf32(CAPTURED, ">=", 0, this.#reject);
  }

  /** The view is on the stack, where the verifier allows no load across a boundary: then it is made of halves. */
  #fromHead(to: Register, offset: number, bytes: LoadBytes, spare: Register, another: Register): void {
    const program = this.#program;
    const at = packetViewLayout.head + offset;
    if (at % bytes === 0) {
      program.load(sizes[bytes], to, VIEW, at);
      this.#toNumber(to, bytes);
      return;
    }
    const half = bytes === 4 ? 2 : 1;
    this.#fromHead(to, offset, half, spare, another);
    program.alu32(to, "<<", half * 8);
    this.#fromHead(spare, offset + half, half, another, spare);
    program.alu32(to, "|", spare);
  }

  /** From offset r3 of what `base` leaves in r1. */
  #far(to: Register, bytes: LoadBytes, base: () => void): void {
    const program = this.#program;
    program.move("r2", "r3");
    program.alu("r2", "+", bytes);
    program.jumpIf("r2", ">", CAPTURED, this.#reject);
    base();
    program.alu("r1", "+", "r3");
    program.move("r3", "r1");
    program.move("r1", "r10");
    program.alu("r1", "+", LOADED);
    program.move("r2", bytes);
    program.call("probeReadKernel");
    program.jumpIf("r0", "!=", 0, this.#reject);
    program.load(sizes[bytes], to, "r10", LOADED);
    this.#toNumber(to, bytes);
  }

  #toNumber(register: Register, bytes: LoadBytes): void {
    if (bytes > 1) this.#program.swapNetworkOrder(register, bytes === 2 ? 16 : 32);
  }
}
