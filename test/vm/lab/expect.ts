/** What scenarios say about journeys. Every message of failure shows the journeys. */
import assert from "node:assert/strict";
import { EndReason, type LinkKind, LinkRole, type PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import type { Kernel } from "./scenario.js";
import type { Seen } from "./seen.js";
import { flowText, journeysText } from "./show.js";

/** Ports that the kernel chose are not the same twice: "*" stands for them. */
const CHOSEN_PORT = /:(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})\b/g;

/** A flow in words, with "*" for ports that the kernel chose. */
function flowOf(journey: PacketJourney): string {
  return flowText(journey.flow).replace(CHOSEN_PORT, ":*");
}

/** Names of the functions that a journey went through. */
export function pathOf({ hops }: PacketJourney): string[] {
  return hops.map((hop) => hop.function);
}

/** Namespaces that a journey went through, each visit once. */
export function namespacesOf({ hops }: PacketJourney): number[] {
  return hops.map(({ netns }) => netns).filter((netns, n, all) => netns !== all[n - 1]);
}

/** Journeys that began with this flow. */
export function withFlow({ journeys }: Pick<Seen, "journeys">, flow: string): PacketJourney[] {
  return journeys.filter((one) => flowOf(one) === flow);
}

/** The one journey that began with this flow; fails when there is none, or another. */
export function onlyWithFlow(seen: Pick<Seen, "journeys">, flow: string): PacketJourney {
  const [found, ...others] = withFlow(seen, flow);
  assert.ok(found !== undefined && others.length === 0, `not one journey of ${flow}:\n${journeysText(seen.journeys)}`);
  return found;
}

/** Fails unless these are the flows of all journeys, in any order. */
export function assertFlows({ journeys }: Seen, flows: readonly string[]): void {
  assert.deepEqual(journeys.map(flowOf).sort(), [...flows].sort(), journeysText(journeys));
}

/** Whether a journey went through these functions, in this order, perhaps with others in between. */
export function goesThrough(journey: PacketJourney, path: readonly string[]): boolean {
  let at = 0;
  for (const name of pathOf(journey)) if (name === path[at]) at++;
  return at === path.length;
}

/** Fails unless the journey went through these functions, in this order, perhaps with others in between. */
export function assertPath(journey: PacketJourney, path: readonly string[]): void {
  assert.ok(goesThrough(journey, path), `not through ${path.join(" → ")}:\n${journeysText([journey])}`);
}

/** Fails unless the journey's flow changed at these functions, to these flows. */
export function assertChanges(journey: PacketJourney, changes: readonly (readonly [string, string])[]): void {
  const found = journey.hops
    .filter(({ flow }) => flow !== undefined)
    .map((hop) => [hop.function, flowText(hop.flow).replace(CHOSEN_PORT, ":*")]);
  assert.deepEqual(found, changes, journeysText([journey]));
}

/** Where nftables drops: its own function since it gives a reason, netfilter's before. */
export const NFTABLES = /^(nft_do_chain|nf_hook_slow)\+/;

/** Fails unless the kernel dropped the packet for this reason, in this function; kernels before 5.17 know no reasons. */
export function assertDropped(journey: PacketJourney, reason: string, { hasReasons }: Kernel, where = /./): void {
  const text = journeysText([journey]);
  assert.equal(journey.endReason, EndReason.END_REASON_DROPPED, text);
  assert.equal(journey.dropReason?.name, hasReasons ? reason : "", text);
  assert.match(journey.dropReason?.location ?? "", /^\w+(\.\w+)*\+0x[0-9a-f]+( \[\w+\])?$/, text);
  assert.match(journey.dropReason?.location ?? "", where, text);
}

/** Fails unless the packet was used up. */
export function assertConsumed(journey: PacketJourney): void {
  assert.equal(journey.endReason, EndReason.END_REASON_CONSUMED, journeysText([journey]));
}

/** Journeys that came from this one in this way. */
export function childrenOf({ journeys }: Seen, parent: PacketJourney, kind: LinkKind): PacketJourney[] {
  return journeys.filter(({ links }) =>
    links.some(
      (link) => link.role === LinkRole.LINK_ROLE_PARENT && link.kind === kind && link.journeyId === parent.journeyId,
    ),
  );
}
