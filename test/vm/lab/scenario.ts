/** What a scenario is: an object; a new one is a new entry of a list in scenarios/. */
import type { Module } from "../../../src/gen/ipftrace/v1/custom.js";
import type { Filter, FlowFilter } from "../../../src/gen/ipftrace/v1/filter.js";
import type { TraceOptions } from "../../../src/gen/ipftrace/v1/trace_service.js";
import type { FunctionText } from "./functions.js";
import type { Seen } from "./seen.js";

/** As --backend has it. */
export type BackendName = "kprobe-multi" | "kprobe" | "tracepoint";

/** A kernel line of the lab, and what is known of it. */
export interface Kernel {
  /** As test/vm/run -k has it. */
  readonly line: "5.10" | "6.1" | "6.12" | "newest";
  readonly backend: BackendName;
  /** Whether kfree_skb has a reason: since 5.17. */
  readonly hasReasons: boolean;
}

/** One kind of traffic, and the journeys that it must lead to. */
export interface Scenario {
  /** Unique; for file names and the table of docs/kernels.md. */
  readonly name: string;
  /** What goes wrong where this fails. */
  readonly why: string;
  /** Kernel functions to trace, those that a kernel lacks are left out; or a manifest of the server. */
  readonly functions: readonly FunctionText[] | "all" | "generic";
  /** Default: the best of the kernel. */
  readonly backend?: BackendName;
  /** A condition on flows; left out where an expression decides, which its own assertions judge. */
  readonly filter?: Partial<FlowFilter>;
  readonly expressions?: Partial<Omit<Filter, "allow" | "deny">>;
  /** As -m: names of shipped modules. */
  readonly modules?: readonly string[];
  /** Names of examples/modules/compiled, compiled on the host; their modules are called compiled-NAME. */
  readonly compiled?: readonly string[];
  /** Modules of the scenario's own. */
  readonly ownModules?: readonly Parameters<typeof Module.fromPartial>[0][];
  readonly options?: Partial<TraceOptions>;
  /** As --begin. */
  readonly beginRegex?: string;
  /** A shell script in the network of topology.sh, with the helpers of traffic.sh. */
  readonly traffic: string;
  /** Whether it may lose something, and judges that itself; where it may not, any loss is a failure. */
  readonly loses?: true | ((kernel: Kernel) => boolean);
  /** Why it cannot be shown on this kernel; undefined where it can. */
  readonly missing?: (kernel: Kernel) => string | undefined;
  /** Fails unless what was seen is what must be seen. */
  readonly expect: (seen: Seen, kernel: Kernel) => void;
}
