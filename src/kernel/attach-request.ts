/** What is asked of the kernel for one trace. */
import type { Injected } from "../ebpf/patch.js";
import type { StackMode } from "./rodata.js";
import type { TracedFunction } from "./traced-function.js";

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
  readonly stacks: StackMode;
}
