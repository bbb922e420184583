import type { Violation } from "../errors.js";
import { filterLimits } from "./limits.js";

/** More values in one field than this server takes. */
export function* countFaults(values: readonly unknown[], field: string): Generator<Violation> {
  const { maxFilterValues } = filterLimits;
  if (values.length <= maxFilterValues) return;
  yield {
    field,
    description: `this server supports at most ${maxFilterValues} values; got ${values.length}: give fewer, or run one trace for each part`,
  };
}
