/**
 * Brings one trace into the kernel: loads the programs that it needs, attaches them, and
 * takes all of it back.
 */
import type { Injected } from "../ebpf/patch.js";
import { IpftraceError } from "../errors.js";
import { attachKprobe, kprobeProgram } from "./attach-kprobe.js";
import { attachKprobeMulti, kprobeMultiProgram, linkKprobeMulti } from "./attach-kprobe-multi.js";
import { attachRawTracepoint, attachTracepoints, slotProgram } from "./attach-tracepoint.js";
import type { Catalog } from "./catalog.js";
import { type Life, lifeProbes, lifeProgram } from "./life-probes.js";
import { BpfObject } from "./object.js";
import { MAX_SLOTS, writeConstants } from "./rodata.js";
import type { Attached, OnProgress, Refused, TracedFunction } from "./traced-function.js";

/** How functions are attached. */
export type BackendName = "kprobe-multi" | "kprobe" | "tracepoint";

/** What to attach. */
export interface AttachRequest {
  readonly backend: BackendName;
  /** Functions and tracepoints; functions not with the tracepoint backend. */
  readonly functions: readonly TracedFunction[];
  /** struct flow_filter. */
  readonly filter: Uint8Array;
  /** Conditions that were compiled for this trace. */
  readonly injected: Injected;
  readonly ringBytes: number;
  readonly trackingEntries: number;
}

/** A trace that runs in the kernel. */
export interface Attachment {
  readonly object: BpfObject;
  readonly refused: readonly Refused[];
  /** See {@link Attached.readAddresses}. */
  readonly readAddresses: (() => ReadonlyMap<number, number>) | undefined;
  /** Ends the probes; the ring and the counters can still be read. */
  detach(): void;
}

/** Tracepoints that end journeys, with their programs: never a slot, so that nothing runs after them. */
const END_TRACEPOINTS = { kfree_skb: "end_dropped", consume_skb: "end_consumed" } as const;

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
  const object = BpfObject.load({
    programs: programsFor(request.backend, probed, slots, life),
    ringBytes: request.ringBytes,
    trackingEntries: request.trackingEntries,
    injected: request.injected,
    configure: (rodata) =>
      writeConstants(rodata, {
        filter: request.filter,
        injected: request.injected,
        slots,
        kfreeSkbFunction: idOf(request.functions, "kfree_skb"),
        consumeSkbFunction: idOf(request.functions, "consume_skb"),
        hasDropReason: catalog.hasDropReason(),
      }),
  });
  try {
    attachLife(object, request.backend, life);
    const inSlots = attachTracepoints(object, slots);
    const onFunctions = await attachFunctions(object, request.backend, probed, life, onProgress);
    return {
      object,
      refused: [...inSlots, ...onFunctions.refused],
      readAddresses: onFunctions.readAddresses,
      detach: () => {
        object.detach();
        onFunctions.release?.();
      },
    };
  } catch (reason) {
    object.close();
    throw IpftraceError.from(reason, "ATTACH_FAILED", `attach with ${request.backend}`);
  }
}

function programsFor(
  backend: BackendName,
  probed: readonly TracedFunction[],
  slots: readonly TracedFunction[],
  life: Life,
): Set<string> {
  const onFunctions = probed.map(({ position, egress }) =>
    backend === "kprobe-multi" ? kprobeMultiProgram(position) : kprobeProgram(position, egress),
  );
  const onLife = life.probes.map((probe) => lifeProgram(probe, backend));
  const onSlab = life.watchSlab ? ["end_slab_freed"] : [];
  return new Set([
    ...onFunctions,
    ...slots.map((_, n) => slotProgram(n)),
    ...Object.values(END_TRACEPOINTS),
    ...onLife,
    ...onSlab,
  ]);
}

/** Comes first, so that no packet is followed whose end would be missed. */
function attachLife(object: BpfObject, backend: BackendName, life: Life): void {
  for (const [tracepoint, program] of Object.entries(END_TRACEPOINTS)) attachRawTracepoint(object, program, tracepoint);
  if (life.watchSlab) attachRawTracepoint(object, "end_slab_freed", "kmem_cache_free");
  if (backend !== "kprobe-multi") return;
  for (const probe of life.probes) {
    const cookies = probe.functions.map(() => 0n);
    linkKprobeMulti(object, lifeProgram(probe, backend), probe.functions, cookies);
  }
}

async function attachFunctions(
  object: BpfObject,
  backend: BackendName,
  functions: readonly TracedFunction[],
  life: Life,
  onProgress: OnProgress,
): Promise<Attached> {
  if (backend === "kprobe") return attachKprobe(object, functions, life.probes, onProgress);
  if (backend === "kprobe-multi") return attachKprobeMulti(object, functions, onProgress);
  return { refused: functions.map((one) => ({ function: one, reason: "needs kprobes" })) };
}

function idOf(functions: readonly TracedFunction[], tracepoint: string): number {
  return functions.find((one) => one.tracepoint === tracepoint)?.id ?? 0;
}
