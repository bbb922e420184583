import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { ClientAccount, NO_OWN_COUNTS, NO_TOTALS, type OwnCounts } from "../../src/hub/account.js";
import { LOST_AT, lostTotals } from "../helpers/totals.js";

const { LOSS_STAGE_RING: RING, LOSS_STAGE_TRACKING: TRACKING, LOSS_STAGE_DECODE: DECODE } = LossStage;
const { LOSS_STAGE_ASSEMBLY: ASSEMBLY, LOSS_STAGE_QUEUE: QUEUE, LOSS_STAGE_PROBE_MISSED: PROBE } = LossStage;

/** When the account is updated. */
const NOW_NS = 77n;

const empty = { bytes: new Uint8Array(1), index: new Uint32Array(0) };

/** So many events dropped by the queue. */
function queue(events: number): OwnCounts {
  return { ...NO_OWN_COUNTS, queue: events };
}

/** Loss as [stage, since the last report, in all]. */
function told(account: ClientAccount): [LossStage, number, number][] | undefined {
  return account.newLoss()?.stages.map((one) => [one.stage, Number(one.lostEvents), Number(one.totalLostEvents)]);
}

describe("newLoss", () => {
  it("tells nothing when nothing was lost", () => {
    const account = new ClientAccount();
    assert.equal(account.newLoss(), undefined);
    account.update({ ...NO_TOTALS, seen: 100, filtered: 90 }, queue(0), NOW_NS);
    assert.equal(account.newLoss(), undefined);
  });

  const stages = [
    ["probe", PROBE],
    ["ring", RING],
    ["tracking", TRACKING],
    ["rate", LossStage.LOSS_STAGE_RATE_LIMIT],
    ["sampling", LossStage.LOSS_STAGE_SAMPLING],
    ["decode", DECODE],
    ["assembly", ASSEMBLY],
    ["queue", QUEUE],
  ] as const;
  for (const [place, stage] of stages) {
    it(`tells ${place} as its own stage, once, with its times`, () => {
      const account = new ClientAccount();
      const inQueue = place === "queue";
      account.update(inQueue ? NO_TOTALS : lostTotals({ [place]: 7 }), queue(inQueue ? 7 : 0), NOW_NS);
      const { firstNs, lastNs } = inQueue ? { firstNs: NOW_NS, lastNs: NOW_NS } : LOST_AT;
      const times = { firstTimeNs: firstNs, lastTimeNs: lastNs };
      assert.deepEqual(account.newLoss(), {
        stages: [{ stage, lostEvents: 7n, totalLostEvents: 7n, ...times, totalCutJourneys: 0n }],
      });
      assert.equal(account.newLoss(), undefined);
    });
  }

  it("tells journeys that were cut short, though no event was lost", () => {
    const account = new ClientAccount();
    const cuts = (cutJourneys: number) => account.update({ ...NO_TOTALS, cutJourneys }, queue(0), NOW_NS);
    cuts(3);
    assert.deepEqual(
      account.newLoss()?.stages.map(({ stage, totalCutJourneys }) => [stage, totalCutJourneys]),
      [[TRACKING, 3n]],
    );
    assert.equal(account.newLoss(), undefined);
    cuts(4);
    assert.equal(account.newLoss()?.stages[0]?.totalCutJourneys, 4n);
  });

  it("keeps the time of the first loss in a queue", () => {
    const account = new ClientAccount();
    account.update(NO_TOTALS, queue(1), 10n);
    account.update(NO_TOTALS, queue(1), 20n);
    account.update(NO_TOTALS, queue(2), 30n);
    const [lost] = account.account().lost;
    assert.deepEqual([lost?.firstTimeNs, lost?.lastTimeNs], [10n, 30n]);
  });

  it("tells what is new of each stage, and only the stages that have something new", () => {
    const account = new ClientAccount();
    account.update(lostTotals({ ring: 5, assembly: 2 }), queue(0), NOW_NS);
    assert.deepEqual(told(account), [
      [RING, 5, 5],
      [ASSEMBLY, 2, 2],
    ]);
    account.update(lostTotals({ ring: 5, assembly: 3 }), queue(10), NOW_NS);
    assert.deepEqual(told(account), [
      [ASSEMBLY, 1, 3],
      [QUEUE, 10, 10],
    ]);
    account.update(lostTotals({ ring: 6, assembly: 3 }), queue(10), NOW_NS);
    assert.deepEqual(told(account), [[RING, 1, 6]]);
  });
});

describe("account", () => {
  it("holds every event of the trace: seen = filtered + delivered + lost", () => {
    const account = new ClientAccount();
    account.delivered({ ...empty, journeys: 2, hops: 9, events: 11 });
    account.delivered({ ...empty, journeys: 1, hops: 4, events: 5 });
    const lost = lostTotals({ probe: 6, ring: 1, tracking: 2, decode: 3, assembly: 4 });
    account.update({ ...lost, seen: 16 + 6 + 1 + 2 + 3 + 4 + 5 + 70, filtered: 70, matched: 8 }, queue(5), NOW_NS);
    const told = account.account();
    const sum = told.lost.reduce((total, { totalLostEvents }) => total + totalLostEvents, 0n);
    assert.equal(told.seenEvents, told.filteredEvents + told.deliveredEvents + sum);
    assert.deepEqual(
      [told.deliveredEvents, told.deliveredJourneys, told.deliveredHops, told.matchedPackets],
      [16n, 3n, 13n, 8n],
    );
    assert.deepEqual(
      told.lost.map(({ stage, totalLostEvents }) => [stage, totalLostEvents]),
      [
        [PROBE, 6n],
        [RING, 1n],
        [TRACKING, 2n],
        [DECODE, 3n],
        [ASSEMBLY, 4n],
        [QUEUE, 5n],
      ],
    );
  });

  it("adds up what the programs and the client's own limit refused", () => {
    const account = new ClientAccount();
    account.update(lostTotals({ rate: 5, sampling: 2 }), { ...queue(0), limited: 4 }, NOW_NS);
    assert.deepEqual(
      account.account().lost.map(({ stage, totalLostEvents }) => [stage, totalLostEvents]),
      [
        [LossStage.LOSS_STAGE_RATE_LIMIT, 9n],
        [LossStage.LOSS_STAGE_SAMPLING, 2n],
      ],
    );
  });

  it("does not change what is reported next, and tells stages that were reported before", () => {
    const account = new ClientAccount();
    account.update(lostTotals({ ring: 5 }), queue(0), NOW_NS);
    assert.equal(account.account().lost[0]?.lostEvents, 5n);
    assert.deepEqual(told(account), [[RING, 5, 5]]);
    const [ring] = account.account().lost;
    assert.deepEqual([ring?.stage, ring?.lostEvents, ring?.totalLostEvents], [RING, 0n, 5n]);
  });
});
