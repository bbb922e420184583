/** What a trace costs, in the contract's words. */
import type { Totals } from "../collector/messages.js";
import type { Overhead } from "../gen/ipftrace/v1/trace_service.js";

/** undefined where it is not measured, or nothing is known at all. */
export function overheadOf(totals: Pick<Totals, "overhead"> | undefined): Overhead | undefined {
  if (totals?.overhead === undefined) return undefined;
  const { runs: runCount, ...rest } = totals.overhead;
  return { ...rest, runCount };
}
