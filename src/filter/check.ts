import type { Violation } from "../errors.js";
import type { Filter } from "../gen/ipftrace/v1/filter.js";
import { collectViolations } from "./collect.js";
import { type CompiledFilter, slotsOfFilter } from "./compile.js";
import { filterFaults } from "./filter-faults.js";
import { FILTER_ROOM } from "./limits.js";

/**
 * The faults of a filter, each with the path of its field in the request
 * (`filter.allow[0].source_ipv4[0]`); empty when it can be used.
 */
export function checkFilter(filter: Filter): Violation[] {
  return collectViolations(filterFaults(filter), "filter");
}

/** What is wrong with the size of a filter that has no other faults. */
export function checkFilterSize(compiled: CompiledFilter | undefined): Violation[] {
  const slots = slotsOfFilter(compiled);
  if (slots <= FILTER_ROOM) return [];
  const description = `allow and deny together take ${slots} eBPF instructions, and the kernel side has room for ${FILTER_ROOM}: give fewer values or shorter lists, prefixes in place of addresses, or run one trace for each part`;
  return [{ field: "filter", description }];
}
