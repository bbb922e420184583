import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Totals } from "../../src/collector/messages.js";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { ClientAccount, NO_TOTALS } from "../../src/hub/account.js";

const { LOSS_STAGE_RING: RING, LOSS_STAGE_TRACKING: TRACKING, LOSS_STAGE_DECODE: DECODE } = LossStage;
const { LOSS_STAGE_ASSEMBLY: ASSEMBLY, LOSS_STAGE_QUEUE: QUEUE, LOSS_STAGE_PROBE_MISSED: PROBE } = LossStage;

function totals(more: Partial<Totals> = {}): Totals {
  return { ...NO_TOTALS, ...more };
}

/** Loss as [stage, since the last report, in all]. */
function told(account: ClientAccount): [LossStage, number, number][] | undefined {
  return account.newLoss()?.stages.map((one) => [one.stage, Number(one.lostEvents), Number(one.totalLostEvents)]);
}

describe("newLoss", () => {
  it("tells nothing when nothing was lost", () => {
    const account = new ClientAccount();
    assert.equal(account.newLoss(), undefined);
    account.update(totals({ seen: 100, filtered: 90 }), 0);
    assert.equal(account.newLoss(), undefined);
  });

  const stages: [name: keyof Totals | "queue", stage: LossStage][] = [
    ["lostProbe", PROBE],
    ["lostRing", RING],
    ["lostTracking", TRACKING],
    ["lostDecode", DECODE],
    ["lostAssembly", ASSEMBLY],
    ["queue", QUEUE],
  ];
  for (const [name, stage] of stages) {
    it(`tells ${name} as its own stage, once`, () => {
      const account = new ClientAccount();
      account.update(totals(name === "queue" ? {} : { [name]: 7 }), name === "queue" ? 7 : 0);
      assert.deepEqual(told(account), [[stage, 7, 7]]);
      assert.equal(account.newLoss(), undefined);
    });
  }

  it("tells what is new of each stage, and only the stages that have something new", () => {
    const account = new ClientAccount();
    account.update(totals({ lostRing: 5, lostAssembly: 2 }), 0);
    assert.deepEqual(told(account), [
      [RING, 5, 5],
      [ASSEMBLY, 2, 2],
    ]);
    account.update(totals({ lostRing: 5, lostAssembly: 3 }), 10);
    assert.deepEqual(told(account), [
      [ASSEMBLY, 1, 3],
      [QUEUE, 10, 10],
    ]);
    account.update(totals({ lostRing: 6, lostAssembly: 3 }), 10);
    assert.deepEqual(told(account), [[RING, 1, 6]]);
  });
});

describe("account", () => {
  it("holds every event of the trace: seen = filtered + delivered + lost", () => {
    const account = new ClientAccount();
    account.delivered({ bytes: new Uint8Array(1), journeys: 2, hops: 9, events: 11 });
    account.delivered({ bytes: new Uint8Array(1), journeys: 1, hops: 4, events: 5 });
    const lost = { lostProbe: 6, lostRing: 1, lostTracking: 2, lostDecode: 3, lostAssembly: 4 };
    account.update(totals({ seen: 16 + 6 + 1 + 2 + 3 + 4 + 5 + 70, filtered: 70, matched: 8, ...lost }), 5);
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

  it("does not change what is reported next, and tells stages that were reported before", () => {
    const account = new ClientAccount();
    account.update(totals({ lostRing: 5 }), 0);
    assert.equal(account.account().lost[0]?.lostEvents, 5n);
    assert.deepEqual(told(account), [[RING, 5, 5]]);
    assert.deepEqual(account.account().lost, [{ stage: RING, lostEvents: 0n, totalLostEvents: 5n }]);
  });
});
