/** The stack that programs leave to a compiled module, as bpf/include/ipftrace_module.h promises it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { elfFunction } from "../../src/btf/elf.js";

/** MAX_BPF_STACK of include/linux/filter.h, for all functions that call one another. */
const STACK_BYTES = 512;
/** The verifier counts the frame of each function in such steps. */
const STEP = 32;
const PROMISED_BYTES = 128;
const INSTRUCTION_BYTES = 8;
const FRAME_POINTER = 10;
/** Opcodes of eBPF: 64-bit dst = src, dst += immediate; and the classes that read and write memory. */
const [MOVE, ADD] = [0xbf, 0x07];
const [LDX, ST, STX] = [1, 2, 3];

const file = readFileSync(new URL("../../dist/bpf/ipftrace.bpf.o", import.meta.url));

/** How far below the frame pointer a function reaches, as the verifier counts it. */
function frameBytes(name: string): number {
  const code = elfFunction(file, name);
  assert.ok(code !== undefined, `no function ${name}`);
  const copies = new Set<number>();
  let deepest = 0;
  for (let at = 0; at < code.length; at += INSTRUCTION_BYTES) {
    const [opcode, registers] = [code.readUInt8(at), code.readUInt8(at + 1)];
    const [destination, source] = [registers & 0xf, registers >> 4];
    const isAccess =
      ((opcode & 7) === LDX && source === FRAME_POINTER) ||
      (((opcode & 7) === ST || (opcode & 7) === STX) && destination === FRAME_POINTER);
    if (isAccess) deepest = Math.max(deepest, -code.readInt16LE(at + 2));
    if (opcode === ADD && copies.has(destination)) deepest = Math.max(deepest, -code.readInt32LE(at + 4));
    copies.delete(destination);
    if (opcode === MOVE && source === FRAME_POINTER) copies.add(destination);
  }
  return Math.ceil(deepest / STEP) * STEP;
}

test("there is as much stack as a compiled module is promised, behind every program", () => {
  const entries = ["slot_00", "kprobe_1", "kprobe_egress_1", "kprobe_multi", "life_multi", "end_dropped"];
  const deepest = Math.max(...entries.map(frameBytes)) + frameBytes("on_hit");
  assert.ok(frameBytes("on_hit") >= STEP, "its frame was not found");
  assert.ok(deepest + PROMISED_BYTES <= STACK_BYTES, `${deepest} bytes are taken of ${STACK_BYTES}`);
});
