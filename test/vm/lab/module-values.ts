/** What modules showed, and what the traffic's programs printed to compare it with. */
import { customReader } from "../../../src/client/custom-values.js";
import type { Hop } from "../../../src/gen/ipftrace/v1/journey.js";
import { type HopValues, match } from "../../helpers/compare-values.js";
import type { Seen } from "./seen.js";

/** Hops at a function, in the order in which the journeys ended; in one network namespace, where it is given. */
export function hopsAt({ journeys }: Seen, name: string, netns?: number): Hop[] {
  const isThere = (hop: Hop): boolean => hop.function === name && (netns === undefined || hop.netns === netns);
  return journeys.flatMap(({ hops }) => hops.filter(isThere));
}

/** What modules showed at a function. */
export function values(seen: Seen, name: string, netns?: number): HopValues[] {
  const reader = customReader(seen.started.schemas);
  return hopsAt(seen, name, netns).map(({ custom }) => reader?.json(custom) ?? {});
}

/** A number that the traffic printed in a line: print_netns and print_ifindex of traffic.sh do. */
export function printed({ outcome }: Seen, words: string): number {
  return Number(match(outcome.output, new RegExp(`^${words} (\\d+)$`, "m")));
}
