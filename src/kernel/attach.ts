/**
 * Brings one trace into the kernel: loads the programs that it needs, attaches them, and
 * takes all of it back.
 */
import { IpftraceError } from "../errors.js";
import { attachKprobe } from "./attach-kprobe.js";
import { attachKprobeMulti, linkKprobeMulti, type Target } from "./attach-kprobe-multi.js";
import type { AttachRequest, BackendName } from "./attach-request.js";
import { attachRawTracepoint, attachTracepoints } from "./attach-tracepoint.js";
import type { Catalog } from "./catalog.js";
import { asExhausted } from "./exhausted.js";
import type { Places } from "./function-table.js";
import { symbolAddresses } from "./kallsyms.js";
import { type Life, type LifeProbe, lifeCookie, lifeProbes, lifeProgram } from "./life-probes.js";
import { END_TRACEPOINTS, load } from "./load.js";
import { MissedProbes } from "./missed-probes.js";
import type { BpfObject } from "./object.js";
import { MAX_SLOTS } from "./rodata.js";
import type { Attached, OnProgress, Refused, TracedFunction } from "./traced-function.js";

/** A trace that runs in the kernel. */
export interface Attachment {
  readonly object: BpfObject;
  readonly refused: readonly Refused[];
  /** See {@link Attached.readAddresses}. */
  readonly readAddresses: (() => ReadonlyMap<number, number>) | undefined;
  /** How often the kernel has skipped a probe since everything was attached. */
  readonly missed: Pick<MissedProbes, "count">;
  /** Looks at no packet any more, and ends the probes in the background; the ring and the counters can still be read. */
  detach(): Promise<void>;
}

/**
 * Attaches a trace. Either all of it is attached, less what the kernel refused one by one, or nothing.
 *
 * @throws IpftraceError ATTACH_FAILED or NOT_PERMITTED.
 */
export async function attach(catalog: Catalog, request: AttachRequest, onProgress: OnProgress): Promise<Attachment> {
  const slots = request.functions.filter(
    ({ tracepoint }) => tracepoint !== undefined && !(tracepoint in END_TRACEPOINTS),
  );
  const probed = request.functions.filter(({ tracepoint }) => tracepoint === undefined);
  if (slots.length > MAX_SLOTS) {
    throw new IpftraceError(
      "LIMIT_REACHED",
      `a trace can attach to ${MAX_SLOTS} tracepoints at most, ${slots.length} were asked for`,
    );
  }
  const life = lifeProbes(request.backend, catalog);
  const places = catalog.functions();
  const object = load(catalog, request, slots, life);
  try {
    await attachLife(object, request.backend, life, places);
    const inSlots = attachTracepoints(object, slots);
    const onFunctions = await attachFunctions(object, request, probed, { places, life }, onProgress);
    const missed = new MissedProbes(object, onFunctions.group);
    missed.begin();
    object.setArmed(true);
    return {
      object,
      refused: [...inSlots, ...onFunctions.refused],
      readAddresses: onFunctions.readAddresses,
      missed,
      detach: async () => {
        object.setArmed(false);
        missed.end();
        await object.detach();
        await onFunctions.release?.();
      },
    };
  } catch (reason) {
    object.close();
    const what = `attach with ${request.backend}`;
    throw asExhausted(reason, what) ?? IpftraceError.from(reason, "ATTACH_FAILED", what);
  }
}

/** Comes first, so that no packet is followed whose end would be missed. */
async function attachLife(object: BpfObject, backend: BackendName, life: Life, places: Places): Promise<void> {
  for (const [tracepoint, program] of Object.entries(END_TRACEPOINTS)) attachRawTracepoint(object, program, tracepoint);
  if (life.watchSlab) attachRawTracepoint(object, "end_slab_freed", "kmem_cache_free");
  if (backend !== "kprobe-multi") return;
  for (const probes of [life.probes.filter((one) => !one.onReturn), life.probes.filter((one) => one.onReturn)]) {
    const [first] = probes;
    if (first === undefined) continue;
    await linkKprobeMulti(object, {
      what: probes.flatMap(({ functions }) => functions).join(", "),
      program: lifeProgram(first, backend),
      targets: targetsOf(probes, places),
      onReturn: first.onReturn === true,
    });
  }
}

/** Addresses where the kernel tells all of them, else the names themselves: a link takes one or the other. */
function targetsOf(probes: readonly LifeProbe[], places: Places): Target[] {
  const named = probes.flatMap((probe) =>
    probe.functions.map((name) => ({ name, addresses: places.addresses(name, 1), cookie: lifeCookie(probe) })),
  );
  const isPlaced = named.every(({ addresses }) => addresses.length > 0);
  return named.flatMap(({ name, addresses, cookie }) =>
    (isPlaced ? addresses : [name]).map((place) => ({ place, cookie })),
  );
}

async function attachFunctions(
  object: BpfObject,
  { backend, stacks }: AttachRequest,
  functions: readonly TracedFunction[],
  kernel: { readonly places: Places; readonly life: Life },
  onProgress: OnProgress,
): Promise<Attached> {
  const { places, life } = kernel;
  if (backend === "kprobe") {
    return attachKprobe(
      object,
      { functions, lifeProbes: life.probes, hasStacks: stacks === "all", locate: symbolAddresses },
      onProgress,
    );
  }
  if (backend === "kprobe-multi") return attachKprobeMulti(object, functions, places, onProgress);
  return { refused: functions.map((one) => ({ function: one, reason: "needs kprobes" })) };
}
