/** What the assembler is told, and what it tells. */
import type { Slab } from "./slab.js";

/** EndReason in journey.proto: those that user space decides. */
export const EndReason = { HOP_LIMIT: 5, IDLE_TIMEOUT: 6, EVICTED: 7, TRACE_STOPPED: 8 } as const;

/** How journeys are assembled. */
export interface AssemblerOptions {
  /** Hops after which a journey is closed. */
  readonly maxHops: number;
  /** Nanoseconds without a record after which it is closed. */
  readonly idleTimeoutNs: number;
  /** Journeys open at once; beyond it the one that was idle longest is evicted. */
  readonly maxOpen: number;
  /** Hops of all open journeys; beyond it likewise. */
  readonly maxOpenHops: number;
  /** Bytes that modules add to a hop, a multiple of 8; 0: none. */
  readonly customBytes: number;
}

/** Where journeys go. */
export interface JourneySink {
  /** Takes a closed journey; the slot is only valid during the call. */
  deliver(slab: Slab, slot: number): void;
  /**
   * The kernel need not follow this packet any more. Returns how many of its hops were lost;
   * negative when the kernel had forgotten it already, to make room for others.
   */
  untrack(skbLow: number, skbHigh: number, key: number): number;
  /** Resolves what a record says of its function into the function's id; 0: unknown. */
  functionId(value: number): number;
}
