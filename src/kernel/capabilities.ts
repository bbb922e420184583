/** What a trace can tell of packets on this kernel, beyond the functions that they went through. */
import type { BackendName } from "./attach-request.js";
import type { Catalog } from "./catalog.js";
import { lifeProbes } from "./life-probes.js";

/** Something that can be told, or not. */
export interface Capability {
  /** For example "link.clone". */
  readonly name: string;
  readonly available: boolean;
  /** Why not; empty when available. */
  readonly reason: string;
}

/** How packets come from others, and the probes of bpf/lineage.h that show it. */
const LINKS = [
  ["link.clone", "born"],
  ["link.copy", "born_copy"],
  ["link.segment", "segmenting"],
  ["link.merge", "merging_ends"],
  ["link.fragment", "born_fragment"],
  ["link.reassembly", "born_reassembly"],
] as const;

const NOT_COUNTED = "with kprobe-multi, the kernel counts probes that it skips since Linux 6.7";

/** Everything that a trace with this backend can tell, or cannot. */
export function capabilities(catalog: Catalog, backend: BackendName): Capability[] {
  const probes = new Set(lifeProbes(backend, catalog).probes.map(({ program }) => program));
  const noProbe =
    backend === "tracepoint"
      ? "the tracepoint backend does not see packets being made from others"
      : "this kernel's compiler has left nothing of the function that does it";
  return [
    verdict("drop.location", true, ""),
    verdict("drop.reason", catalog.hasDropReason(), "the kernel tells no reasons before Linux 5.17"),
    verdict("process", catalog.tellsProcess(), "this kernel does not let programs see preempt_count"),
    verdict("stack", true, ""),
    verdict("loss.probe_missed", backend !== "kprobe-multi" || catalog.linksTellMissed(), NOT_COUNTED),
    ...LINKS.map(([name, program]) => verdict(name, probes.has(program), noProbe)),
  ];
}

function verdict(name: string, available: boolean, reason: string): Capability {
  return { name, available, reason: available ? "" : reason };
}
