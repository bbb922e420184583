/**
 * Backend kprobe: for kernels without kprobe-multi. Functions with the sk_buff at one
 * position share trace events (probe-group.ts); records name them by instruction pointer.
 */
import { messageOf } from "../errors.js";
import { type Definition, defineAll } from "./define-probes.js";
import { libbpf } from "./libbpf.js";
import type { LifeProbe } from "./life-probes.js";
import type { BpfObject } from "./object.js";
import { eventSuffix, holdGroup, newGroup, removeGroup, sweepStale } from "./probe-group.js";
import { entryPlaces, hasJumpsBehindEntry, IP_OFFSETS } from "./probe-place.js";
import { openEvent } from "./trace-event.js";
import type { Attached, OnProgress, Refused, TracedFunction } from "./traced-function.js";

/** Functions that share an event: the kernel compares each with all of its event, when it comes and when it goes. */
const FUNCTIONS_PER_EVENT = 256;

/** What to attach. */
export interface KprobeRequest {
  readonly functions: readonly TracedFunction[];
  readonly lifeProbes: readonly LifeProbe[];
  /** Whether every probe tells its call stack. */
  readonly hasStacks: boolean;
  /** Finds functions by name; those that it does not find are attached by name. */
  readonly locate: (names: ReadonlySet<string>) => Addresses;
}

/** A probe, and the program that it runs. */
interface Probe extends Definition {
  readonly program: string;
  /** Undefined for one of {@link KprobeRequest.lifeProbes}. */
  readonly traced?: TracedFunction;
}

/** The low 53 bits of where functions are, by name. */
type Addresses = ReadonlyMap<string, readonly number[]>;

/** Name of the program for a function. */
export function kprobeProgram({ position, egress, followOnly }: TracedFunction): string {
  return `kprobe_${followOnly ? "follow_" : ""}${egress ? "egress_" : ""}${position}`;
}

/** Attaches functions, in the background, so that other traces are drained. */
export async function attachKprobe(
  object: BpfObject,
  request: KprobeRequest,
  onProgress: OnProgress,
): Promise<Attached> {
  await sweepStale();
  const { functions, lifeProbes } = request;
  const group = newGroup();
  const names = [...functions.map(({ name }) => name), ...lifeProbes.flatMap((probe) => probe.functions)];
  const addresses = request.locate(new Set(names));
  try {
    object.addLink(await holdGroup(group));
    const refused = await attachProbes(object, group, probesOf(group, request, addresses), (tried) =>
      onProgress(Math.min(tried, functions.length)),
    );
    return {
      refused,
      readAddresses: () => idsByAddress(functions, addresses),
      group,
      release: () => removeGroup(group),
    };
  } catch (reason) {
    await object.detach();
    await removeGroup(group);
    throw reason;
  }
}

function probesOf(group: string, { functions, lifeProbes, hasStacks }: KprobeRequest, addresses: Addresses): Probe[] {
  const isBehind = !hasStacks && hasJumpsBehindEntry();
  const suffix = eventSuffix(group);
  const entry = (name: string) => entryPlaces(name, addresses.get(name) ?? [], isBehind);
  const before = new Map<string, number>();
  const ofFunctions = functions.map((traced): Probe => {
    const program = kprobeProgram(traced);
    const number = before.get(program) ?? 0;
    before.set(program, number + 1);
    const event = `${program}_${Math.floor(number / FUNCTIONS_PER_EVENT)}${suffix}`;
    return { event, program, at: "entry", places: entry(traced.name), traced };
  });
  const ofLife = lifeProbes.flatMap(({ program, functions: names, onReturn }) =>
    names.map((name): Probe => {
      const at = onReturn === true ? "return" : "entry";
      return { event: program + suffix, program, at, places: at === "entry" ? entry(name) : [name] };
    }),
  );
  return [...ofFunctions, ...ofLife];
}

/**
 * All are defined before the first is enabled: while it makes jumps of breakpoints, the kernel defines no others.
 *
 * @throws what the kernel says of a probe that is not a traced function's.
 */
async function attachProbes(
  object: BpfObject,
  group: string,
  probes: readonly Probe[],
  onProgress: (tried: number) => void,
): Promise<Refused[]> {
  const refused = await defineAll(group, probes, onProgress);
  const told = refused.map(({ definition, reason }) => {
    if (definition.traced === undefined) throw reason;
    return { function: definition.traced, reason: messageOf(reason) };
  });
  const isRefused = new Set(refused.map(({ definition }) => definition));
  const programs = new Map(probes.filter((one) => !isRefused.has(one)).map(({ event, program }) => [event, program]));
  await enable(object, group, programs);
  return told;
}

/** Runs programs at each probe of their events. All are armed at once: the kernel waits for other CPUs each time. */
async function enable(object: BpfObject, group: string, programs: ReadonlyMap<string, string>): Promise<void> {
  const opened = await Promise.allSettled(
    [...programs].map(async ([event, program]) => {
      const fd = await openEvent(group, event);
      // Before Linux 5.15 the link has no descriptor of its own.
      object.addLink(fd);
      return { event, program, fd };
    }),
  );
  for (const one of opened) {
    if (one.status === "rejected") throw one.reason;
    const { event, program, fd } = one.value;
    const link = libbpf.attachPerfEvent(object.program(program), fd);
    object.addLibbpfLink(`attach to the event ${group}/${event}`, link);
  }
}

function idsByAddress(functions: readonly TracedFunction[], addresses: Addresses): Map<number, number> {
  const found = new Map<number, number>();
  for (const { name, id } of functions) {
    for (const address of addresses.get(name) ?? []) {
      for (const offset of IP_OFFSETS) found.set(address + offset, id);
    }
  }
  return found;
}
