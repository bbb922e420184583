import type { LossPlace, Totals } from "../../src/collector/messages.js";
import { NO_TOTALS } from "../../src/hub/account.js";

/** When a loss of these tests happened, CLOCK_MONOTONIC. */
export const LOST_AT = { firstNs: 5n, lastNs: 9n };

/** Totals in which events were lost, by place; what is left out is zero, or as in `before`. */
export function lostTotals(lost: Partial<Record<LossPlace, number>>, before: Totals = NO_TOTALS): Totals {
  const entries = Object.entries(lost).map(([place, events]) => [place, { events, ...LOST_AT }]);
  return { ...before, lost: { ...before.lost, ...Object.fromEntries(entries) } };
}
