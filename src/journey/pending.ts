/** Journeys that have not been delivered yet, seen from outside. */
import type { Assembler } from "./assembler.js";
import { EndReason } from "./contract.js";
import type { Slab } from "./slab.js";

/** Shows each of them as if the trace ended now; they go on. The slot is only valid during the call. */
export function showPending(assembler: Assembler, show: (slab: Slab, slot: number) => void): void {
  assembler.forEachPending((slab, slot) => {
    const endReason = slab.endReason[slot] as number;
    if (endReason === 0) slab.endReason[slot] = EndReason.TRACE_STOPPED;
    show(slab, slot);
    slab.endReason[slot] = endReason;
  });
}

/** Whether any of them is one of the first so many that began. */
export function hasPendingOfFirst(assembler: Assembler, count: number): boolean {
  let found = false;
  assembler.forEachPending((slab, slot) => {
    found ||= (slab.publicId[slot] as number) <= count;
  });
  return found;
}
