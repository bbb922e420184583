/** Loads the programs that one trace needs, with its constants and conditions. */
import type { Injected } from "../ebpf/patch.js";
import { messageOf } from "../errors.js";
import { kprobeProgram } from "./attach-kprobe.js";
import { KPROBE_MULTI_PROGRAM } from "./attach-kprobe-multi.js";
import type { AttachRequest } from "./attach-request.js";
import { slotProgram } from "./attach-tracepoint.js";
import type { Catalog } from "./catalog.js";
import { type Life, lifeProgram } from "./life-probes.js";
import { BpfObject } from "./object.js";
import { cpuNumbers } from "./possible-cpus.js";
import { writeConstants } from "./rodata.js";
import type { TracedFunction } from "./traced-function.js";

/** 2 to the power of DEATH_BITS of bpf/maps.h. */
const DEATH_BUCKETS = 65_536;

/** Tracepoints that end journeys, with their programs: never a slot, so that nothing runs after them. */
export const END_TRACEPOINTS = { kfree_skb: "end_dropped", consume_skb: "end_consumed" } as const;

/** The kernel's words for a variable that is in its BTF and not among its symbols (built without CONFIG_KALLSYMS_ALL). */
const NO_SUCH_SYMBOL = /failed to find the address for kernel symbol/;

/**
 * Loads the programs; without telling senders where the kernel does not let them be known.
 *
 * @throws IpftraceError as {@link BpfObject.load}.
 */
export function load(
  catalog: Catalog,
  request: AttachRequest,
  slots: readonly TracedFunction[],
  life: Life,
): BpfObject {
  const check = catalog.processCheck();
  const { conditions } = request;
  try {
    if (check === undefined) return loadWith(catalog, request, slots, life);
    const injected: Injected = new Map([...conditions.injected, ["is_in_process", check]]);
    return loadWith(catalog, { ...request, conditions: { ...conditions, injected } }, slots, life);
  } catch (reason) {
    if (check === undefined || !NO_SUCH_SYMBOL.test(messageOf(reason))) throw reason;
    catalog.giveUpProcessCheck();
    return loadWith(catalog, request, slots, life);
  }
}

function loadWith(catalog: Catalog, request: AttachRequest, slots: readonly TracedFunction[], life: Life): BpfObject {
  return BpfObject.load({
    name: "ipftrace",
    programs: programsFor(request, slots, life),
    entries: {
      ring: request.ringBytes,
      counters: cpuNumbers(),
      tracked: request.trackingEntries,
      // Where functions cannot be probed, packets die unseen.
      deaths: request.backend === "tracepoint" ? 1 : DEATH_BUCKETS,
      stacks: request.stackEntries,
    },
    injected: request.conditions.injected,
    module: request.module,
    configure: (rodata) =>
      writeConstants(rodata, {
        ...request.conditions,
        customBytes: request.customBytes,
        moduleAt: request.module?.at ?? 0,
        moduleFields: request.module?.fields ?? 0n,
        slots,
        kfreeSkb: tracepointOf(request.functions, "kfree_skb"),
        consumeSkb: tracepointOf(request.functions, "consume_skb"),
        hasDropReason: catalog.hasDropReason(),
        stacks: request.stacks,
        ...request.limits,
      }),
  });
}

function programsFor({ backend, functions }: AttachRequest, slots: readonly TracedFunction[], life: Life): Set<string> {
  const probed = functions.filter(({ tracepoint }) => tracepoint === undefined);
  const onFunctions =
    backend === "kprobe-multi" && probed.length > 0 ? [KPROBE_MULTI_PROGRAM] : probed.map(kprobeProgram);
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

function tracepointOf(functions: readonly TracedFunction[], tracepoint: string): TracedFunction | undefined {
  return functions.find((one) => one.tracepoint === tracepoint);
}
