import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { stubs } from "../../src/ebpf/patch.js";
import { kprobeProgram } from "../../src/kernel/attach-kprobe.js";
import { KPROBE_MULTI_PROGRAM } from "../../src/kernel/attach-kprobe-multi.js";
import { slotProgram } from "../../src/kernel/attach-tracepoint.js";
import { LIFE_PROBES, lifeProgram } from "../../src/kernel/life-probes.js";
import { hitSides, MAX_SLOTS, slotLayout, writeConstants } from "../../src/kernel/rodata.js";
import type { TracedFunction } from "../../src/kernel/traced-function.js";
import { programs, variables } from "./built-object.js";

const positions = [1, 2, 3, 4, 5];

/** Names that src/kernel writes out, where no function makes them. */
function quotedNames(pattern: RegExp): string[] {
  const folder = new URL("../../src/kernel/", import.meta.url);
  return readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), "utf8").matchAll(pattern)].map((match) => match[1] ?? ""),
  );
}

/** For each of five positions, whether journeys end there or begin there; and the one for all. */
const FUNCTION_PROGRAMS = 5 * 2 * 2 + 1;

/** The section .rodata as it is after `writeConstants`, from bytes that are none of the values written. */
function written(slots: TracedFunction[]): Buffer {
  const size = Math.max(...variables(".rodata").map((one) => one.offset + one.size));
  const rodata = Buffer.alloc(size);
  writeConstants(rodata, {
    askedFields: 0x1f,
    injected: new Map(stubs.map((stub) => [stub, []])),
    followsAnyProtocol: true,
    showsRemovedTag: true,
    customBytes: 0x0708_090a,
    moduleAt: 0x0b0c_0d0e,
    moduleFields: 0x1112_1314_1516_1718n,
    slots,
    kfreeSkb: { ...tracepoint(0x0a0b_0c0d, "kfree_skb", 1, false), followOnly: true },
    consumeSkb: tracepoint(0x0102_0304, "consume_skb", 1, false),
    hasDropReason: true,
    stacks: "all",
    maxPacketsPerSecond: 0x1a1b_1c1d,
    countedFromNs: 0x2122_2324_2526_2728n,
    canSample: true,
  });
  return rodata;
}

function bytesOf(rodata: Buffer, name: string): Buffer {
  const found = variables(".rodata").find((one) => one.name === name);
  assert.ok(found !== undefined, `no constant ${name}`);
  return rodata.subarray(found.offset, found.offset + found.size);
}

function tracepoint(id: number, name: string, position: number, egress: boolean): TracedFunction {
  const names = { id, name: `tracepoint:${name}`, tracepoint: name, group: "", module: "vmlinux" };
  return { ...names, position, egress, followOnly: false };
}

describe("programs of the built BPF object", () => {
  it("has MAX_SLOTS slots, no more and no fewer, each under the name that user space gives it", () => {
    const built = [...programs].filter((name) => name.startsWith("slot_"));
    const known = Array.from({ length: MAX_SLOTS }, (_, n) => slotProgram(n));
    assert.deepEqual(built.sort(), known.sort());
    assert.equal(variables(".rodata").find(({ name }) => name === "slots")?.size, MAX_SLOTS * slotLayout.size);
  });

  it("has a program of each kind, for kprobes one for each position", () => {
    const both = [false, true];
    const single = positions.flatMap((position) =>
      both.flatMap((egress) =>
        both.map((followOnly) => kprobeProgram({ ...tracepoint(1, "", position, egress), followOnly })),
      ),
    );
    const known = [...single, KPROBE_MULTI_PROGRAM];
    assert.equal(new Set(known).size, FUNCTION_PROGRAMS);
    assert.deepEqual(
      known.filter((name) => !programs.has(name)),
      [],
    );
  });

  it("has every program that src/kernel names, and src/kernel names every program that it has", () => {
    const life = LIFE_PROBES.flatMap((probe) => [lifeProgram(probe, "kprobe"), lifeProgram(probe, "kprobe-multi")]);
    const ends = new Set([...quotedNames(/"(end_[a-z_]+)"/g), ...life.filter((name) => name.startsWith("end_"))]);
    assert.ok(ends.size >= 5, [...ends].join(" "));
    assert.deepEqual([...programs].filter((name) => name.startsWith("end_")).sort(), [...ends].sort());
    const known = new Set([...ends, ...life]);
    assert.deepEqual(
      [...known].filter((name) => !programs.has(name)),
      [],
    );
    assert.equal(programs.size, MAX_SLOTS + FUNCTION_PROGRAMS + known.size);
  });

  it("has the maps that src/kernel and src/collector ask for, and those that only the programs use", () => {
    assert.deepEqual(
      variables(".maps")
        .map(({ name }) => name)
        .sort(),
      [
        "counters",
        "deaths",
        "interfaces",
        "merging",
        "reassembling",
        "ring",
        "stacks",
        "tracked",
        "unread_values",
        "untold",
      ],
    );
  });
});

describe("variables of the built BPF object", () => {
  it("are one byte, which tells whether packets are looked at", () => {
    const built = variables(".bss").map(({ name, size }) => [name, size]);
    assert.deepEqual(built, [["armed", 1]]);
  });

  it("are, in sections of their own, the sample and the tokens spent", () => {
    assert.deepEqual(
      variables(".data.sampling").map(({ name, size }) => [name, size]),
      [["sampling_mask", 4]],
    );
    assert.deepEqual(
      variables(".data.rate").map(({ name, size }) => [name, size]),
      [["tokens_spent", 8]],
    );
  });
});

describe("writeConstants", () => {
  it("writes each constant into its own place", () => {
    const rodata = written([]);
    assert.equal(bytesOf(rodata, "asked_fields").readUInt32LE(), 0x1f);
    assert.equal(bytesOf(rodata, "kfree_skb_function").readUInt32LE(), 0x0a0b_0c0d);
    assert.deepEqual([...bytesOf(rodata, "kfree_skb_follow_only")], [1]);
    assert.equal(bytesOf(rodata, "consume_skb_function").readUInt32LE(), 0x0102_0304);
    assert.deepEqual([...bytesOf(rodata, "consume_skb_follow_only")], [0]);
    assert.equal(bytesOf(rodata, "custom_bytes").readUInt32LE(), 0x0708_090a);
    assert.equal(bytesOf(rodata, "module_at").readUInt32LE(), 0x0b0c_0d0e);
    assert.equal(bytesOf(rodata, "module_fields").readBigUInt64LE(), 0x1112_1314_1516_1718n);
    assert.deepEqual([...bytesOf(rodata, "has_drop_reason")], [1]);
    assert.deepEqual([...bytesOf(rodata, "stack_mode")], [2]);
    assert.deepEqual([...bytesOf(rodata, "follows_any_protocol")], [1]);
    assert.deepEqual([...bytesOf(rodata, "shows_removed_tag")], [1]);
    assert.equal(bytesOf(rodata, "max_packets_per_second").readUInt32LE(), 0x1a1b_1c1d);
    assert.equal(bytesOf(rodata, "counted_from_ns").readBigUInt64LE(), 0x2122_2324_2526_2728n);
    assert.deepEqual([...bytesOf(rodata, "can_sample")], [1]);
    assert.deepEqual([...bytesOf(rodata, "may_refuse")], [1]);
    for (const stub of stubs) assert.deepEqual([...bytesOf(rodata, `has_${stub}`)], [1]);
    assert.deepEqual(bytesOf(rodata, "slots"), Buffer.alloc(MAX_SLOTS * slotLayout.size));
    const sizes = variables(".rodata").reduce((sum, { size }) => sum + size, 0);
    assert.equal(
      sizes,
      4 + 4 + 4 + 4 + 4 + 4 + 8 + 4 + 8 + 1 + 1 + 1 + 1 + stubs.length + MAX_SLOTS * slotLayout.size,
      "a constant is not tested",
    );
  });

  it("writes slots in their order, what packets do there, and which one comes after their end", () => {
    const slots = bytesOf(
      written([
        tracepoint(0x0102_0304, "net_dev_queue", 1, false),
        { ...tracepoint(7, "net_dev_xmit", 5, true), followOnly: true },
        { ...tracepoint(8, "netif_receive_skb", 1, false), followOnly: true },
      ]),
      "slots",
    );
    assert.deepEqual([...slots.subarray(0, 8)], [4, 3, 2, 1, 1, 0, 0, hitSides.send]);
    assert.deepEqual([...slots.subarray(8, 16)], [7, 0, 0, 0, 5, 1, 1, hitSides.unknown]);
    assert.deepEqual([...slots.subarray(16, 24)], [8, 0, 0, 0, 1, 0, 1, hitSides.receive]);
    assert.deepEqual(slots.subarray(24), Buffer.alloc((MAX_SLOTS - 3) * slotLayout.size));
  });
});
