import type { Violation } from "../errors.js";

/**
 * Most violations of one request. They travel in gRPC trailers, which clients commonly limit to
 * 8 KiB, and a request may be made to have a million.
 */
const maxViolations = 20;

/** Takes the violations that a check yields; stops it after 20 and says so in one more, about `field`. */
export function collectViolations(faults: Iterable<Violation>, field: string): Violation[] {
  const violations: Violation[] = [];
  for (const fault of faults) {
    if (violations.length === maxViolations) {
      violations.push({ field, description: `has more faults than the ${maxViolations} reported: mend these first` });
      break;
    }
    violations.push(fault);
  }
  return violations;
}
