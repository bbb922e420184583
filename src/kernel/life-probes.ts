/** The functions that are probed to follow packets, beside those that are traced: where they end, and where they come from. */
import type { BackendName } from "./attach-request.js";
import type { Catalog } from "./catalog.js";

/** enum life_kind of bpf/life_probe.h by the programs for kprobes; test/bpf/layout.test.ts compares. */
export const lifeKinds = {
  end_freed: 1,
  end_recycled: 2,
  born: 3,
  born_copy: 4,
  born_fragment: 5,
  born_reassembly: 6,
  born_fresh: 7,
  segmenting: 8,
  merging_begins: 9,
  queued: 10,
  reassembling_begins: 11,
  end_emptied: 12,
  merging_ends: 13,
  reassembling_ends: 14,
} as const;

/** Functions that one program of bpf/lifecycle.h or bpf/lineage.h serves. */
export interface LifeProbe {
  /** Name of the program for kprobes. */
  readonly program: keyof typeof lifeKinds;
  readonly functions: readonly string[];
  /** Runs when the function returns; else when it is entered. */
  readonly onReturn?: true;
}

/** What a trace needs to follow packets. */
export interface Life {
  readonly probes: readonly LifeProbe[];
  /** Whether the slab allocator's tracepoint is needed: costly, it runs for every object that the kernel frees. */
  readonly watchSlab: boolean;
}

/** GRO: one takes a packet's data over, the other chains it. */
const MERGING = ["skb_gro_receive", "skb_gro_receive_list"];

/** What the fragments of a packet go through when the last one has come. */
const REASSEMBLING = ["inet_frag_reasm_finish"];

/** The end that nearly every packet passes. */
const LAST_STAGE = "kfree_skbmem";

/**
 * Ends: where an sk_buff is freed without passing a tracepoint - at the last stage of
 * __kfree_skb; when GRO or TCP has taken its data over (kfree_skb_partial,
 * napi_skb_free_stolen_head); when a driver throws it away in its poll loop
 * (__napi_kfree_skb; __kfree_skb_defer before Linux 6.3); when a socket's reader leaves the
 * freeing to the CPU that received it, which may take its time (skb_attempt_defer_free).
 * Births: see bpf/lineage.h. Static ones among them may be compiled away, and not every
 * kernel has all.
 */
export const LIFE_PROBES: readonly LifeProbe[] = [
  {
    program: "end_freed",
    functions: [
      LAST_STAGE,
      "napi_skb_free_stolen_head",
      "__napi_kfree_skb",
      "__kfree_skb_defer",
      "skb_attempt_defer_free",
    ],
  },
  { program: "end_emptied", functions: ["kfree_skb_partial"] },
  { program: "end_recycled", functions: ["napi_reuse_skb"] },
  { program: "born_fresh", functions: ["__build_skb_around"] },
  { program: "born_copy", functions: ["skb_copy_header"] },
  { program: "born_reassembly", functions: ["skb_morph"] },
  { program: "born", functions: ["__copy_skb_header"] },
  { program: "born_fragment", functions: ["ip_copy_metadata", "ip6_copy_metadata"] },
  { program: "segmenting", functions: ["skb_segment", "skb_segment_list"] },
  { program: "queued", functions: ["inet_frag_queue_insert"] },
  { program: "reassembling_begins", functions: REASSEMBLING },
  { program: "reassembling_ends", functions: REASSEMBLING, onReturn: true },
  { program: "merging_begins", functions: MERGING },
  { program: "merging_ends", functions: MERGING, onReturn: true },
];

/** What this kernel and this backend can do. */
export function lifeProbes(backend: BackendName, catalog: Catalog): Life {
  const probeable = backend === "tracepoint" ? undefined : catalog.probeable();
  const probes = LIFE_PROBES.map((probe) => ({
    ...probe,
    functions: probe.functions.filter((name) => probeable?.has(name)),
  })).filter(({ functions }) => functions.length > 0);
  return { probes, watchSlab: !probes.some(({ functions }) => functions.includes(LAST_STAGE)) };
}

/** The program that serves a probe under a backend. */
export function lifeProgram({ program, onReturn }: LifeProbe, backend: BackendName): string {
  if (backend !== "kprobe-multi") return program;
  return onReturn === true ? "life_return_multi" : "life_multi";
}

/** What tells the program of kprobe-multi which probe it serves: its attach cookie. */
export function lifeCookie({ program }: LifeProbe): bigint {
  return BigInt(lifeKinds[program]);
}
