/** The account of a trace in words. */

import type { Account } from "../gen/ipftrace/v1/loss.js";
import type { Overhead } from "../gen/ipftrace/v1/trace_service.js";
import { counted } from "./counted.js";

/**
 * One line with the account and, where nothing matched, a second one that says why.
 * `conditions` are the filter options as the user wrote them; empty without a filter.
 */
export function accountLines(account: Account, conditions: string): string[] {
  const lost = account.lost.reduce((sum, { totalLostEvents }) => sum + totalLostEvents, 0n);
  const line = [
    counted(account.matchedPackets, "packet"),
    counted(account.deliveredJourneys, "journey"),
    counted(account.deliveredHops, "hop"),
    `${lost} lost (seen ${account.seenEvents}, filtered ${account.filteredEvents})`,
  ].join(", ");
  const hasNothing = account.matchedPackets === 0n && account.deliveredJourneys === 0n;
  return hasNothing ? [line, nothingMatched(account, conditions)] : [line];
}

/** One line with what a trace has cost its node. */
export function overheadLine({ runTimeNs, runCount, followedOneIn }: Overhead): string {
  const each = runCount === 0n ? "" : ` of ${runTimeNs / runCount} ns`;
  const followed = followedOneIn === 1 ? "" : `; in the end ${shareOf(followedOneIn)} followed`;
  return `cost ${(Number(runTimeNs) / 1e6).toFixed(1)} ms of CPU in ${counted(runCount, "run")}${each}${followed}`;
}

function shareOf(oneIn: number): string {
  return oneIn === 0 ? "no conversation was" : `one of ${oneIn} conversations was`;
}

function nothingMatched({ seenEvents, filteredEvents }: Account, conditions: string): string {
  if (seenEvents === 0n) return "nothing matched: no packet came through the traced functions";
  const hits = counted(seenEvents, "probe hit");
  if (filteredEvents < seenEvents) return `nothing matched: ${hits} seen, ${filteredEvents} filtered`;
  const why = conditions === "" ? "were neither IPv4 nor IPv6" : `do not match ${conditions}`;
  return `nothing matched: ${hits} seen, all of packets that ${why}`;
}
