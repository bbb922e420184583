import type { EndConditions } from "../../src/collector/end-conditions.js";

/** End conditions that ask nothing. */
export const everyJourney: EndConditions = {
  dropReasons: [],
  dropped: false,
  minDurationNs: 0n,
  minHops: 0,
  maxHops: 0,
  passedFunctions: [],
};
