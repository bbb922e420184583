/** More packets than may be followed in a second. */
import assert from "node:assert/strict";
import { LinkKind, LinkRole } from "../../../../src/gen/ipftrace/v1/journey.js";
import { LossStage } from "../../../../src/gen/ipftrace/v1/loss.js";
import { childrenOf, pathOf } from "../expect.js";
import {
  assertAll,
  direction,
  FLOOD_PACKETS,
  FLOOD_PORT,
  FUNCTIONS,
  isClean,
  send,
  skippedAtMost,
  WAY,
} from "../flood.js";
import { lostAt, lostElsewhere } from "../losses.js";
import type { Scenario } from "../scenario.js";
import { journeysText, journeyText } from "../show.js";

const MAX_PACKETS_PER_SECOND = 20;
/** A budget that is never reached: the cost is measured, and nothing is shed. */
const MORE_THAN_THERE_IS = 100_000;

/** Of a flood, so many packets a second; which ones is a matter of time. */
const maxRate: Scenario = {
  name: "max-rate",
  why: "packets are followed from their first function to their end or not at all, and the account has all events of the others",
  functions: FUNCTIONS,
  filter: { l4Protocols: [17], sourceIpv4: ["10.1.1.10"], destinationIpv4: ["10.1.2.20"], direction },
  options: { maxPacketsPerSecond: MAX_PACKETS_PER_SECOND, maxCpuPercent: MORE_THAN_THERE_IS },
  traffic: `
    ${send(0, FLOOD_PORT, FLOOD_PACKETS / 2)} &
    ${send(1, FLOOD_PORT + FLOOD_PACKETS / 2, FLOOD_PACKETS / 2)}
    wait`,
  loses: true,
  expect(seen) {
    const { account, journeys, overhead } = seen;
    assert.ok(overhead !== undefined && overhead.runCount > account.seenEvents, "not every run was counted");
    assert.ok(overhead.runTimeNs > overhead.runCount, `${overhead.runTimeNs} ns for ${overhead.runCount} runs`);
    assert.equal(overhead.followedOneIn, 1);
    assert.deepEqual(lostElsewhere(seen, LossStage.LOSS_STAGE_RATE_LIMIT), []);
    assert.equal(account.matchedPackets, BigInt(FLOOD_PACKETS), "a packet was asked twice, or not");
    assert.ok(journeys.length < FLOOD_PACKETS, "the limit was never reached: the test no longer floods");
    assertAll(seen, isClean);
    const times = journeys.map(({ startTimeNs }) => Number(startTimeNs)).sort((a, b) => a - b);
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1e9;
    const most = MAX_PACKETS_PER_SECOND / 10 + seconds * MAX_PACKETS_PER_SECOND;
    assert.ok(journeys.length > 1 && journeys.length <= most + 1, `${journeys.length} packets in ${seconds} s`);
    // Their end is no function of the trace.
    const skipped = (FLOOD_PACKETS - journeys.length) * WAY.length - lostAt(seen, LossStage.LOSS_STAGE_RATE_LIMIT);
    assert.ok(skipped >= 0 && skipped <= skippedAtMost(seen), `${skipped} hops of others are nowhere`);
  },
};

const LARGE_DATAGRAMS = 20;

/** Packets that are cut up after they were refused, and put together again. */
const maxRateOfPieces: Scenario = {
  name: "max-rate-of-pieces",
  why: "fragments of a packet that is not followed are not followed either, nor is what they become; those of others are",
  functions: FUNCTIONS,
  filter: { l4Protocols: [17], sourceIpv4: ["10.1.1.10"], destinationIpv4: ["10.1.2.20"], direction },
  options: { maxPacketsPerSecond: 3 },
  traffic: `for ((n = 0; n < ${LARGE_DATAGRAMS}; n++)); do datagram client 10.1.2.20 6402 3000; done`,
  loses: true,
  expect(seen) {
    assert.deepEqual(lostElsewhere(seen, LossStage.LOSS_STAGE_RATE_LIMIT), []);
    assert.equal(seen.account.matchedPackets, BigInt(LARGE_DATAGRAMS), "a piece of a packet was asked, too");
    const whole = seen.journeys.filter(({ links }) => links.every(({ role }) => role !== LinkRole.LINK_ROLE_PARENT));
    assert.ok(whole.length > 0 && whole.length < LARGE_DATAGRAMS, journeysText(seen.journeys));
    for (const journey of whole) {
      assert.equal(pathOf(journey)[0], WAY[0], journeyText(journey));
      assert.ok(childrenOf(seen, journey, LinkKind.LINK_KIND_FRAGMENT).length >= 2, journeysText(seen.journeys));
    }
  },
};

/** Limits of packets a second. */
export const rates: readonly Scenario[] = [maxRate, maxRateOfPieces];
