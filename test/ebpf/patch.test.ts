import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { elfFunction, elfSection, elfSymbols } from "../../src/btf/elf.js";
import type { Instruction } from "../../src/ebpf/instruction.js";
import { inject, leaveOut, SHORT_ROOM, type Stub, stubFor, stubs } from "../../src/ebpf/patch.js";
import { Program } from "../../src/ebpf/program.js";
import { IpftraceError } from "../../src/errors.js";
import { FILTER_ROOM } from "../../src/filter/limits.js";
import { readObjectFile } from "../../src/kernel/object.js";
import { programs, variables } from "../bpf/built-object.js";

/** `length` instructions that end with an exit. */
function code(length: number): readonly Instruction[] {
  const program = new Program();
  for (let i = 1; i < length; i++) program.move("r0", i);
  program.exit();
  return program.finish();
}

function body(object: Buffer, stub: Stub): Buffer {
  const found = elfFunction(object, stub);
  assert.ok(found !== undefined, `no function ${stub}`);
  return found;
}

describe("inject", () => {
  for (const stub of stubs) {
    it(`finds room in ${stub}, and its guard; it is no program`, () => {
      const bytes = body(readObjectFile("ipftrace"), stub);
      // A room of instructions that do nothing, then r0 = 1, then exit.
      assert.equal(bytes.subarray(0, -16).toString("hex"), "0500000000000000".repeat(bytes.length / 8 - 2));
      assert.equal(bytes.subarray(-16).toString("hex"), "b7000000010000009500000000000000");
      assert.ok(variables(".rodata").some(({ name, size }) => name === `has_${stub}` && size === 1));
      assert.ok(!programs.has(stub));
    });

    it(`writes to the end of ${stub}, and a jump to there; the rest of the file stays`, () => {
      const [before, after] = [readObjectFile("ipftrace"), readObjectFile("ipftrace")];
      inject(after, new Map([[stub, code(3)]]));
      const bytes = body(after, stub);
      const slots = bytes.length / 8;
      assert.equal(bytes.subarray(-24).toString("hex"), "b700000001000000b7000000020000009500000000000000");
      // r0 = 0; if r0 == 0 goto + what is between
      assert.equal(bytes.readBigUInt64LE(0), 0xb7n);
      assert.deepEqual([bytes.readUInt16LE(8), bytes.readInt16LE(10), bytes.readInt32LE(12)], [0x15, slots - 5, 0]);
      bytes.copy(body(before, stub));
      assert.ok(after.equals(before), "something else has changed");
    });

    it(`fills ${stub} to the last instruction, and no further`, () => {
      const object = readObjectFile("ipftrace");
      const room = body(object, stub).length / 8 - 2;
      inject(object, new Map([[stub, code(room)]]));
      assert.equal(body(object, stub).readInt16LE(10), 0);
      assert.throws(
        () => inject(object, new Map([[stub, code(room + 1)]])),
        (error) =>
          error instanceof IpftraceError &&
          error.code === "LIMIT_REACHED" &&
          error.message.includes(`${room + 1} eBPF instructions, and there is room for ${room}`),
      );
    });
  }

  it("has the room for filters that requests are checked against", () => {
    assert.equal(body(readObjectFile("ipftrace"), "flow_matches").length / 8 - 2, FILTER_ROOM);
  });

  for (const stub of stubs.filter((one) => one.endsWith("_short"))) {
    it(`has the room in ${stub} by which it is chosen`, () => {
      const long = stubs.find((one) => stub === `${one}_short`);
      assert.ok(long !== undefined);
      assert.equal(body(readObjectFile("ipftrace"), stub).length / 8 - 2, SHORT_ROOM);
      assert.deepEqual(
        [SHORT_ROOM, SHORT_ROOM + 1].map((length) => stubFor(long, code(length))),
        [stub, long],
      );
    });
  }

  it("refuses instructions that run over their end", () => {
    assert.throws(
      () => inject(readObjectFile("ipftrace"), new Map([[stubs[0], code(3).slice(0, 2)]])),
      /must end with an exit/,
    );
  });
});

/** How often each stub is called in an object. */
function callsOf(object: Buffer): Map<Stub, number> {
  const places = elfSymbols(object, ".text");
  const code = elfSection(object, ".text") ?? Buffer.alloc(0);
  const calls = new Map<Stub, number>();
  for (let at = 0; at < code.length; at += 8) {
    if (code.readUInt16LE(at) !== 0x1085) continue;
    const stub = stubs.find((one) => places.get(one) === at + 8 + code.readInt32LE(at + 4) * 8);
    if (stub !== undefined) calls.set(stub, (calls.get(stub) ?? 0) + 1);
  }
  return calls;
}

describe("leaveOut", () => {
  const built = callsOf(readObjectFile("ipftrace"));

  it("has calls of every stub to work on", () => {
    assert.deepEqual([...built.keys()].sort(), [...stubs].sort());
  });

  for (const stub of [undefined, ...stubs]) {
    it(`leaves ${stub === undefined ? "no call" : `the calls of ${stub} only`}, and changes nothing else`, () => {
      const [before, after] = [readObjectFile("ipftrace"), readObjectFile("ipftrace")];
      leaveOut(after, new Map(stub === undefined ? [] : [[stub, code(3)]]));
      assert.deepEqual(callsOf(after), new Map(stub === undefined ? [] : [[stub, built.get(stub)]]));
      let changed = 0;
      for (let at = 0; at < before.length; at += 8) {
        if (before.subarray(at, at + 8).equals(after.subarray(at, at + 8))) continue;
        // r0 = 1
        assert.equal(after.subarray(at, at + 8).toString("hex"), "b700000001000000");
        changed++;
      }
      const calls = [...built].reduce((sum, [one, count]) => sum + (one === stub ? 0 : count), 0);
      assert.equal(changed, calls);
    });
  }

  it("does not mind an object without them", () => {
    const trial = readObjectFile("trial");
    leaveOut(trial, new Map());
    assert.ok(trial.equals(readObjectFile("trial")));
  });
});
