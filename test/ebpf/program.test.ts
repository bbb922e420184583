import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encode } from "../../src/ebpf/instruction.js";
import { Program } from "../../src/ebpf/program.js";
import { IpftraceError } from "../../src/errors.js";

/** Bytes of a program, one slot a word, most significant byte first in text. */
function slots(write: (program: Program) => void): string[] {
  const program = new Program();
  write(program);
  const bytes = encode(program.finish());
  return (bytes.toString("hex").match(/.{16}/g) ?? []).map((slot) => (slot.match(/../g) ?? []).join(" "));
}

// What llvm-mc 14 and the kernel's own macros (BPF_MOV64_REG and so on, linux/filter.h) make of them.
const encodings: [name: string, write: (program: Program) => void, bytes: string[]][] = [
  ["r6 = r1", (p) => p.move("r6", "r1"), ["bf 16 00 00 00 00 00 00"]],
  ["r0 = -2", (p) => p.move("r0", -2), ["b7 00 00 00 fe ff ff ff"]],
  ["w3 = w10", (p) => p.move32("r3", "r10"), ["bc a3 00 00 00 00 00 00"]],
  ["w3 = 0xffffffff", (p) => p.move32("r3", 0xffff_ffff), ["b4 03 00 00 ff ff ff ff"]],
  [
    "r2 = 0x1122334455667788 ll",
    (p) => p.moveWide("r2", 0x1122_3344_5566_7788n),
    ["18 02 00 00 88 77 66 55", "00 00 00 00 44 33 22 11"],
  ],
  ["r1 += r2", (p) => p.alu("r1", "+", "r2"), ["0f 21 00 00 00 00 00 00"]],
  ["w1 -= 7", (p) => p.alu32("r1", "-", 7), ["14 01 00 00 07 00 00 00"]],
  ["w1 *= w2", (p) => p.alu32("r1", "*", "r2"), ["2c 21 00 00 00 00 00 00"]],
  ["w1 /= 3", (p) => p.alu32("r1", "/", 3), ["34 01 00 00 03 00 00 00"]],
  ["w1 %= w3", (p) => p.alu32("r1", "%", "r3"), ["9c 31 00 00 00 00 00 00"]],
  ["r1 s>>= 4", (p) => p.alu("r1", "s>>", 4), ["c7 01 00 00 04 00 00 00"]],
  ["w7 = -w7", (p) => p.negate32("r7"), ["84 07 00 00 00 00 00 00"]],
  ["r7 = be16 r7", (p) => p.swapNetworkOrder("r7", 16), ["dc 07 00 00 10 00 00 00"]],
  ["r1 = *(u8 *)(r10 - 8)", (p) => p.load("u8", "r1", "r10", -8), ["71 a1 f8 ff 00 00 00 00"]],
  ["r1 = *(u64 *)(r2 + 16)", (p) => p.load("u64", "r1", "r2", 16), ["79 21 10 00 00 00 00 00"]],
  ["*(u16 *)(r10 - 2) = r1", (p) => p.store("u16", "r10", -2, "r1"), ["6b 1a fe ff 00 00 00 00"]],
  ["*(u32 *)(r10 - 4) = 5", (p) => p.store("u32", "r10", -4, 5), ["62 0a fc ff 05 00 00 00"]],
  ["call 113", (p) => p.call("probeReadKernel"), ["85 00 00 00 71 00 00 00"]],
  ["exit", (p) => p.exit(), ["95 00 00 00 00 00 00 00"]],
];

describe("Program", () => {
  for (const [name, write, bytes] of encodings) {
    it(`writes ${name}`, () => assert.deepEqual(slots(write), bytes));
  }

  it("resolves jumps forward and back, and counts two slots for a number of 64 bits", () => {
    const written = slots((program) => {
      const [back, end] = [program.label(), program.label()];
      program.place(back);
      program.jumpIf("r1", "==", "r2", end);
      program.moveWide("r3", 1n);
      program.jumpIf32("r1", "s<", -1, back);
      program.jump(end);
      program.place(end);
      program.exit();
    });
    assert.deepEqual(written, [
      "1d 21 04 00 00 00 00 00",
      "18 03 00 00 01 00 00 00",
      "00 00 00 00 00 00 00 00",
      "c6 01 fc ff ff ff ff ff",
      "05 00 00 00 00 00 00 00",
      "95 00 00 00 00 00 00 00",
    ]);
  });

  it("refuses a jump that an instruction cannot express", () => {
    const program = new Program();
    const end = program.label();
    program.jump(end);
    for (let i = 0; i < 32_768; i++) program.move("r0", 0);
    program.place(end);
    assert.throws(
      () => program.finish(),
      (error) => error instanceof IpftraceError && error.code === "LIMIT_REACHED" && /32768/.test(error.message),
    );
  });

  it("does not let a label be forgotten", () => {
    const program = new Program();
    program.jump(program.label());
    assert.throws(() => program.finish(), /never placed/);
  });
});
