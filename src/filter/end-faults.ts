import type { Violation } from "../errors.js";
import type { Filter } from "../gen/ipftrace/v1/filter.js";
import { countFaults } from "./count-faults.js";

const nameLists = [
  { key: "dropReasons", field: "filter.drop_reasons", what: "a drop reason", example: '"NO_SOCKET"' },
  { key: "passedFunctions", field: "filter.passed_functions", what: "a function", example: '"ip_rcv"' },
] as const;

/** Everything that is wrong with what is asked of journeys that have ended; whether names exist, the collector knows. */
export function* endFaults(filter: Filter): Generator<Violation> {
  for (const { key, field, what, example } of nameLists) {
    yield* countFaults(filter[key], field);
    for (const [index, name] of filter[key].entries()) {
      if (name === "")
        yield { field: `${field}[${index}]`, description: `"" is not ${what}: give a name such as ${example}` };
    }
  }
  const { minHops, maxHops } = filter;
  if (maxHops !== 0 && maxHops < minHops) {
    yield {
      field: "filter.max_hops",
      description: `max_hops ${maxHops} is below min_hops ${minHops}, so that no journey matches: raise it, or leave one of them out`,
    };
  }
}
