/** What is asked of the kernel for one trace. */
import type { Conditions } from "./conditions.js";
import type { LinkedModule } from "./link.js";
import type { StackMode } from "./rodata.js";
import type { TracedFunction } from "./traced-function.js";

/** How functions are attached. */
export type BackendName = "kprobe-multi" | "kprobe" | "tracepoint";

/** A compiled module, and where it writes in the block of a hop. */
interface PlacedModule extends LinkedModule {
  /** Bytes from the block's start. */
  readonly at: number;
  /** Its bits in the map of the fields that are there. */
  readonly fields: bigint;
}

/** Which of the packets that match are followed: bpf/admit.h. */
export interface FollowLimits {
  /** Packets that begin to be followed in a second; 0: no limit. */
  readonly maxPacketsPerSecond: number;
  /** CLOCK_MONOTONIC from which they are counted, not later than the first packet. */
  readonly countedFromNs: bigint;
  /** Whether the sample of conversations may be made smaller while the trace runs. */
  readonly canSample: boolean;
}

/** All of them. */
export const EVERY_PACKET: FollowLimits = { maxPacketsPerSecond: 0, countedFromNs: 0n, canSample: false };

/** What to attach. */
export interface AttachRequest {
  readonly backend: BackendName;
  /** Functions and tracepoints; functions not with the tracepoint backend. */
  readonly functions: readonly TracedFunction[];
  readonly conditions: Conditions;
  /** Size of the block that modules add to a hop; 0: no modules. */
  readonly customBytes: number;
  /** The compiled one of them; undefined: none is. */
  readonly module: PlacedModule | undefined;
  readonly ringBytes: number;
  readonly trackingEntries: number;
  readonly stacks: StackMode;
  /** Call stacks that are kept; each takes 1 KiB of the kernel's memory. */
  readonly stackEntries: number;
  readonly limits: FollowLimits;
}
