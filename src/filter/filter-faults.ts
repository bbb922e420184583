import type { Violation } from "../errors.js";
import type { Filter, FlowFilter } from "../gen/ipftrace/v1/filter.js";
import { endFaults } from "./end-faults.js";
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
  yield* entriesFaults(filter.allow, "filter.allow", filterLimits.maxAllowFilters);
  yield* entriesFaults(filter.deny, "filter.deny", filterLimits.maxDenyFilters);
  for (const [index, entry] of filter.deny.entries()) {
    if (!isEmpty(entry)) continue;
    yield {
      field: `filter.deny[${index}]`,
      description: "an entry without conditions takes away every packet: give it a condition, or leave it out",
    };
  }
  for (const { key, field } of pcapExpressions) yield* expressionFaults(filter[key], field);
  yield* endFaults(filter);
}

/** What is wrong with the expression itself is for libpcap to say, which reads it up to a NUL. */
function* expressionFaults(text: string, field: string): Generator<Violation> {
  if (text.length > maxExpressionLength) {
    yield { field, description: `has ${text.length} characters: give ${maxExpressionLength} at most` };
  }
  if (text.includes("\0")) yield { field, description: "has a NUL character: leave it out" };
}

function* entriesFaults(entries: readonly FlowFilter[], field: string, max: number): Generator<Violation> {
  if (entries.length > max) {
    yield {
      field,
      description: `this server supports at most ${max} entries; got ${entries.length}: give fewer, or run one trace for each part`,
    };
  }
  for (const [index, entry] of entries.entries()) yield* flowFaults(entry, `${field}[${index}]`);
}

/** A direction alone is no condition. */
function isEmpty(entry: FlowFilter): boolean {
  return Object.entries(entry).every(([key, value]) => key === "direction" || isUnset(value));
}

function isUnset(value: number | readonly unknown[]): boolean {
  return typeof value === "number" ? value === 0 : value.length === 0;
}
