/** Reads call stacks that the kernel recorded. */
import { libbpf } from "./libbpf.js";

/** MAX_FRAMES of bpf/maps.h. */
const MAX_FRAMES = 127;

/** Stacks that a trace can hold; each takes 1 KiB of the kernel's memory. */
export const MAX_STACKS = 4096;

/** STACK_LOST of bpf/record.h: the id of every stack that the kernel did not keep. */
export const LOST_STACK = 0xffff_ffff;

/** The low 53 bits of a kernel address: all higher ones are ones. */
const LOW_BITS = 0x1f_ffff_ffff_ffffn;

/** The map of call stacks. */
export class StackMap {
  readonly #fd: number;
  readonly #key = Buffer.alloc(4);
  readonly #value = Buffer.alloc(MAX_FRAMES * 8);

  constructor(mapFd: number) {
    this.#fd = mapFd;
  }

  /** Low 53 bits of the addresses of a stack, the innermost first; `id` is that of a record. */
  read(id: number): number[] {
    this.#key.writeUInt32LE(id - 1);
    if ((libbpf.lookup(this.#fd, this.#key, this.#value) as number) < 0) return [];
    const frames: number[] = [];
    for (let at = 0; at < this.#value.length; at += 8) {
      const address = this.#value.readBigUInt64LE(at);
      if (address === 0n) break;
      frames.push(Number(address & LOW_BITS));
    }
    return frames;
  }
}
