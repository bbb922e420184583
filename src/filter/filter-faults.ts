import type { Violation } from "../errors.js";
import type { Filter } from "../gen/ipftrace/v1/filter.js";
import { flowFaults } from "./flow-faults.js";
import { filterLimits } from "./limits.js";

/** Characters of an expression. */
const maxExpressionLength = 4096;

const pcapExpressions = [
  { key: "pcapExpression", field: "filter.pcap_expression" },
  { key: "innerPcapExpression", field: "filter.inner_pcap_expression" },
] as const;

/** Everything that keeps a filter from being used, in the order of its fields. */
export function* filterFaults(filter: Filter): Generator<Violation> {
  const { maxAllowFilters, maxDenyFilters } = filterLimits;
  if (filter.allow.length > maxAllowFilters) {
    yield {
      field: "filter.allow",
      description: `this server supports at most ${maxAllowFilters} entry; got ${filter.allow.length}: run one trace for each`,
    };
  }
  for (const [index, entry] of filter.allow.entries()) yield* flowFaults(entry, `filter.allow[${index}]`);
  if (filter.deny.length > maxDenyFilters) {
    yield {
      field: "filter.deny",
      description: `this server supports at most ${maxDenyFilters} entries; got ${filter.deny.length}: leave them out`,
    };
  }
  for (const { key, field } of pcapExpressions) yield* expressionFaults(filter[key], field);
}

/** What is wrong with the expression itself is for libpcap to say, which reads it up to a NUL. */
function* expressionFaults(text: string, field: string): Generator<Violation> {
  if (text.length > maxExpressionLength) {
    yield { field, description: `has ${text.length} characters: give ${maxExpressionLength} at most` };
  }
  if (text.includes("\0")) yield { field, description: "has a NUL character: leave it out" };
}
