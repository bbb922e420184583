/** What the operator of a server demands of the packets that a client sees. */
import type { Filter } from "../gen/ipftrace/v1/filter.js";

/** AND-ed to whatever its clients ask for, in the kernel. */
export interface MandatoryFilter {
  /** Only allow and deny; names of network namespaces as they were configured. */
  readonly filter: Filter;
  /** Equal for equal filters: what was made under one is for those under the same one. */
  readonly key: string;
}

/** Of clients that see everything. */
const NO_FILTER = "";

/** Whether a client under `own` may have what was made under `other`: everything is for those without a filter. */
export function maySee(own: MandatoryFilter | undefined, other: MandatoryFilter | undefined): boolean {
  return own === undefined || own.key === (other?.key ?? NO_FILTER);
}
