/** What holds in every scenario, whatever its traffic. */
import assert from "node:assert/strict";
import { Filter, type FlowFilter as Flow } from "../../../src/gen/ipftrace/v1/filter.js";
import { Completeness, EndReason, LinkRole, type PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import { matchesFlow } from "../../filter/reference.js";
import { accountSum } from "../../helpers/tracing.js";
import { BACKENDS } from "./backends.js";
import { manifestFunction } from "./functions.js";
import { lostElsewhere } from "./losses.js";
import type { Kernel, Scenario } from "./scenario.js";
import type { Seen } from "./seen.js";
import { journeyText } from "./show.js";

/** Fails unless everything that must hold in every scenario holds in this one. */
export function assertGeneral(scenario: Scenario, seen: Seen, kernel: Kernel): void {
  const { backend } = kernel;
  const loses = typeof scenario.loses === "function" ? scenario.loses(kernel) : scenario.loses === true;
  assert.equal(seen.started.backend, BACKENDS[scenario.backend ?? backend]);
  assert.equal(seen.outcome.status, 0, `the traffic failed: ${seen.outcome.output}`);
  assertAccount(seen);
  if (!loses) assert.deepEqual(lostElsewhere(seen), [], "something was lost");
  if (scenario.filter !== undefined) assertFiltered(scenario.filter, seen.journeys);
  for (const journey of seen.journeys) assertSound(journey, scenario, loses);
}

/** The account: exact, and the same as what came. */
function assertAccount({ account, journeys, losses }: Seen): void {
  assert.equal(account.seenEvents, accountSum(account), "seen = filtered + delivered + lost");
  assert.equal(account.deliveredJourneys, BigInt(journeys.length));
  assert.equal(account.deliveredHops, BigInt(journeys.reduce((sum, { hops }) => sum + hops.length, 0)));
  assert.equal(new Set(journeys.map(({ journeyId }) => journeyId)).size, journeys.length, "two journeys of one number");
  for (const { stage, totalLostEvents } of account.lost) {
    const told = losses.filter((one) => one.stage === stage).reduce((sum, { lostEvents }) => sum + lostEvents, 0n);
    assert.equal(told, totalLostEvents, `Loss messages of stage ${stage} do not add up to the account`);
  }
}

/** Nothing outside of the filter: a journey began with a flow that matches, or came from one that did. */
function assertFiltered(condition: Partial<Flow>, journeys: readonly PacketJourney[]): void {
  // What the kernel knew of a packet beside its flow is not in its journey.
  const flowAlone = { ...condition, marks: [], interfaceNames: [], netns: [], lengths: [], cgroupIds: [] };
  const filter = Filter.fromPartial({ allow: [flowAlone] });
  const byId = new Map(journeys.map((journey) => [journey.journeyId, journey]));
  const belongs = ({ flow, links, lostHops }: PacketJourney): boolean => {
    if (flow === undefined) return lostHops > 0;
    const parent = links.find(({ role }) => role === LinkRole.LINK_ROLE_PARENT);
    if (parent === undefined) return matchesFlow(filter, flow);
    const from = byId.get(parent.journeyId);
    return from === undefined || belongs(from);
  };
  const others = journeys.filter((journey) => !belongs(journey));
  assert.deepEqual(others.map(journeyText), [], "packets of others");
}

/** Ends that were seen. */
const ENDS: readonly EndReason[] = [
  EndReason.END_REASON_EGRESS,
  EndReason.END_REASON_DROPPED,
  EndReason.END_REASON_CONSUMED,
  EndReason.END_REASON_REUSED,
  EndReason.END_REASON_HOP_LIMIT,
];

/** One journey by itself: its marks are true, its rows are in order and of functions that were asked for. */
function assertSound(journey: PacketJourney, { functions }: Scenario, loses: boolean): void {
  const text = journeyText(journey);
  const { completeness, lostHops, endReason, hops } = journey;
  if (!loses) assert.equal(completeness, Completeness.COMPLETENESS_COMPLETE, text);
  assert.equal(completeness === Completeness.COMPLETENESS_HOPS_LOST, lostHops > 0, text);
  if (completeness === Completeness.COMPLETENESS_COMPLETE) assert.ok(ENDS.includes(endReason), text);
  if (completeness === Completeness.COMPLETENESS_OPEN_END) assert.ok(!ENDS.includes(endReason), text);
  const names = typeof functions === "string" ? undefined : functions.map((text) => manifestFunction(text).name);
  for (const [n, hop] of hops.entries()) {
    assert.ok(names?.includes(hop.function) ?? true, `${hop.function} was not asked for:\n${text}`);
    assert.ok(hop.deltaNs >= (hops[n - 1]?.deltaNs ?? 0n), `hops out of order:\n${text}`);
    assert.ok(hop.deltaNs <= journey.durationNs, `a hop after the end:\n${text}`);
  }
}
