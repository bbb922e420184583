/** What the command line and the examples print, to be compared. */
import assert from "node:assert/strict";

/** Journeys without their times, which differ between two traces of the same packet; sorted, because the order does, too. */
export function withoutTimes(output: string): string[] {
  const [first, ...rest] = output.split("\n");
  assert.equal(first, "Trace ready!");
  const journeys = rest.join("\n").split("\n\n").filter(Boolean);
  return journeys.map((journey) => journey.replaceAll(/^ *\d+ /gm, "TIME ").replaceAll(/^ +Time/gm, "Time")).sort();
}

/** In the custom data of a packet that GSO will cut. */
export const CUT_BY_GSO = /\(len: \d+ gso_size: [1-9]\d* gso_segs: [1-9]\d* gso_type: SKB_GSO_TCPV4\)/;
