/**
 * Backend kprobe: for kernels without kprobe-multi. All functions with the sk_buff at one
 * position share a trace event (trace-event.ts); records name them by instruction pointer.
 */
import { messageOf } from "../errors.js";
import { symbolAddresses } from "./kallsyms.js";
import { libbpf } from "./libbpf.js";
import type { LifeProbe } from "./life-probes.js";
import type { BpfObject } from "./object.js";
import { addProbe, eventSuffix, newGroup, openEvent, removeGroup, sweepStale } from "./trace-event.js";
import type { Attached, OnProgress, Refused, TracedFunction } from "./traced-function.js";

/**
 * Distance of the instruction pointer that a program sees from the function's address:
 * on x86 one byte further, as after an int3, and four more where the function begins
 * with endbr64 (arch/x86/kernel/kprobes); on arm64 none, or four after bti.
 */
const IP_OFFSETS = process.arch === "x64" ? [1, 5] : [0, 4];

/** Functions between two turns of the event loop while attaching. */
const TURN = 16;

/** Name of the program for a function. */
export function kprobeProgram({ position, egress, followOnly }: TracedFunction): string {
  return `kprobe_${followOnly ? "follow_" : ""}${egress ? "egress_" : ""}${position}`;
}

/** Attaches functions; lets the event loop run in between, so that other traces are drained. */
export async function attachKprobe(
  object: BpfObject,
  functions: readonly TracedFunction[],
  lifeProbes: readonly LifeProbe[],
  onProgress: OnProgress,
): Promise<Attached> {
  await sweepStale();
  const group = newGroup();
  const refused: Refused[] = [];
  let attached = 0;
  try {
    for (const program of new Set(functions.map(kprobeProgram))) {
      const here = functions.filter((one) => kprobeProgram(one) === program);
      const refusedHere = await defineProbes(group, eventOf(group, program), here);
      refused.push(...refusedHere);
      if (refusedHere.length < here.length) await enable(object, group, program);
      attached += here.length - refusedHere.length;
      onProgress(attached);
    }
    for (const { program, functions: names, onReturn } of lifeProbes) {
      for (const name of names) addProbe(group, eventOf(group, program), name, onReturn === true ? "return" : "entry");
      await enable(object, group, program);
    }
  } catch (reason) {
    await object.detach();
    await removeGroup(group);
    throw reason;
  }
  return { refused, readAddresses: () => idsByAddress(functions), group, release: () => removeGroup(group) };
}

async function defineProbes(group: string, event: string, functions: readonly TracedFunction[]): Promise<Refused[]> {
  const refused: Refused[] = [];
  for (const [i, traced] of functions.entries()) {
    try {
      addProbe(group, event, traced.name, "entry");
    } catch (reason) {
      refused.push({ function: traced, reason: messageOf(reason) });
    }
    if (i % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return refused;
}

/** The event that runs a program. */
function eventOf(group: string, program: string): string {
  return program + eventSuffix(group);
}

/** Runs a program at each probe of its event. */
async function enable(object: BpfObject, group: string, program: string): Promise<void> {
  const event = eventOf(group, program);
  const fd = await openEvent(group, event);
  // Before Linux 5.15 the link has no descriptor of its own.
  object.addLink(fd);
  const link = libbpf.attachPerfEvent(object.program(program), fd);
  object.addLibbpfLink(`attach to the event ${group}/${event}`, link);
}

function idsByAddress(functions: readonly TracedFunction[]): Map<number, number> {
  const ids = new Map(functions.map(({ name, id }) => [name, id]));
  const found = new Map<number, number>();
  for (const [name, addresses] of symbolAddresses(new Set(ids.keys()))) {
    for (const address of addresses) {
      for (const offset of IP_OFFSETS) found.set(address + offset, ids.get(name) ?? 0);
    }
  }
  return found;
}
