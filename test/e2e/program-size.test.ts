/**
 * What the programs are made of, counted: the instructions that the kernel keeps of each, and their calls.
 * All of every backend are loaded, whatever this kernel lets one attach: its verifier has a say here, too.
 *
 * The ceilings are what there is, and a little: who needs more raises them, and says what for.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type BackendName, EVERY_PACKET } from "../../src/kernel/attach-request.js";
import { Catalog } from "../../src/kernel/catalog.js";
import { LIFE_PROBES } from "../../src/kernel/life-probes.js";
import { load } from "../../src/kernel/load.js";
import type { BpfObject } from "../../src/kernel/object.js";
import type { TracedFunction } from "../../src/kernel/traced-function.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { whyNotHere } from "./why-not.js";

/** What a program has. */
interface Size {
  readonly instructions: number;
  /** Reads of the kernel's memory. */
  readonly reads: number;
  /** Look-ups in maps. */
  readonly lookups: number;
}

/** One program for each way in: without conditions, as most traces begin. */
const ceilings: [backend: BackendName, program: string, most: Size][] = [
  ["kprobe-multi", "kprobe_multi", { instructions: 1150, reads: 17, lookups: 4 }],
  ["kprobe-multi", "life_multi", { instructions: 1700, reads: 20, lookups: 12 }],
  ["kprobe-multi", "life_return_multi", { instructions: 300, reads: 4, lookups: 2 }],
  ["kprobe", "kprobe_1", { instructions: 1060, reads: 17, lookups: 4 }],
  ["kprobe", "born", { instructions: 290, reads: 0, lookups: 4 }],
  ["tracepoint", "slot_00", { instructions: 1120, reads: 17, lookups: 4 }],
  ["tracepoint", "end_dropped", { instructions: 1110, reads: 16, lookups: 4 }],
  ["tracepoint", "end_slab_freed", { instructions: 1000, reads: 17, lookups: 4 }],
];

const EACH_POSITION = [1, 2, 3, 4, 5].flatMap((position) =>
  [false, true].flatMap((egress) =>
    [false, true].map((followOnly): TracedFunction => {
      return { id: position, name: "ip_rcv", position, egress, followOnly, group: "", module: "vmlinux" };
    }),
  ),
);
const TRACEPOINT: TracedFunction = {
  ...{ id: 1, name: "tracepoint:net_dev_queue", tracepoint: "net_dev_queue" },
  ...{ position: 1, egress: false, followOnly: false, group: "", module: "vmlinux" },
};

function loaded(backend: BackendName): BpfObject {
  const isTracepoint = backend === "tracepoint";
  const request = {
    ...{ backend, functions: isTracepoint ? [TRACEPOINT] : EACH_POSITION, customBytes: 0, module: undefined },
    conditions: { askedFields: 0, injected: new Map(), followsAnyProtocol: false, showsRemovedTag: false },
    ...{ ringBytes: 65_536, trackingEntries: 1024, stacks: "none" as const, stackEntries: 1024, limits: EVERY_PACKET },
  };
  const life = { probes: isTracepoint ? [] : LIFE_PROBES, watchSlab: isTracepoint };
  return load(new Catalog(), request, isTracepoint ? [TRACEPOINT] : [], life);
}

/** The program's code as the kernel keeps it: what does not apply to this trace is gone. */
function sizeOf(object: BpfObject, program: string): Size {
  const [fd] = object.programFds((name) => name === program);
  const id = /^prog_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
  assert.ok(id !== undefined, `${program} is not loaded`);
  const dump = execFileSync("bpftool", ["prog", "dump", "xlated", "id", id], { encoding: "utf8" });
  const code = dump.split("\n").filter((line) => /^\s*\d+: \([0-9a-f]{2}\)/.test(line));
  const count = (pattern: RegExp): number => code.filter((line) => pattern.test(line)).length;
  return {
    instructions: code.length,
    reads: count(/ call .*bpf_probe_read/),
    lookups: count(/ call .*(map_lookup_elem|htab_map_lookup|lru_map_lookup)/),
  };
}

for (const backend of ["kprobe-multi", "kprobe", "tracepoint"] as const) {
  kernelTest(`programs of ${backend} are loaded, and no larger than they were`, whyNotHere, () => {
    const object = loaded(backend);
    try {
      const mine = ceilings.filter(([one]) => one === backend);
      const found = mine.map(([, program]) => [program, sizeOf(object, program)] as const);
      for (const [n, [program, size]] of found.entries()) {
        const most = mine[n]?.[2] ?? { instructions: 0, reads: 0, lookups: 0 };
        assert.ok(
          size.instructions > 0 && size.lookups > 0,
          `${program}: nothing was counted: ${JSON.stringify(size)}`,
        );
        const isWithin = (["instructions", "reads", "lookups"] as const).every((what) => size[what] <= most[what]);
        assert.ok(isWithin, `${program} is ${JSON.stringify(size)}; the ceiling is ${JSON.stringify(most)}`);
      }
    } finally {
      object.close();
    }
  });
}
