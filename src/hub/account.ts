/** The account of one client: where every event of its trace went. */
import type { EncodedBatch, LossPlace, Totals } from "../collector/messages.js";
import { type Lost, NEVER } from "../decode/counters.js";
import { LossClock } from "../decode/loss-clock.js";
import { type Account, type Loss, LossStage, type StageLoss } from "../gen/ipftrace/v1/loss.js";
import type { Sent } from "./stream-sum.js";

const NOTHING = { events: 0, ...NEVER };

/** Totals in which nothing happened. */
export const NO_TOTALS: Totals = {
  seen: 0,
  filtered: 0,
  matched: 0,
  cutJourneys: 0,
  lost: {
    probe: NOTHING,
    ring: NOTHING,
    tracking: NOTHING,
    rate: NOTHING,
    sampling: NOTHING,
    decode: NOTHING,
    assembly: NOTHING,
  },
};

const STAGES: Readonly<Record<LossPlace, LossStage>> = {
  probe: LossStage.LOSS_STAGE_PROBE_MISSED,
  ring: LossStage.LOSS_STAGE_RING,
  tracking: LossStage.LOSS_STAGE_TRACKING,
  rate: LossStage.LOSS_STAGE_RATE_LIMIT,
  sampling: LossStage.LOSS_STAGE_SAMPLING,
  decode: LossStage.LOSS_STAGE_DECODE,
  assembly: LossStage.LOSS_STAGE_ASSEMBLY,
};

/** What has been told of a stage. */
interface Reported {
  readonly events: number;
  readonly cuts: number;
}

/** Adds up what the collector tells, what the client's queue dropped and what was sent. */
export class ClientAccount {
  #totals = NO_TOTALS;
  readonly #queueClock = new LossClock();
  #lostInQueue: Lost = NOTHING;
  #events = 0;
  #journeys = 0;
  #hops = 0;
  #sent: Sent = { batches: 0, bytes: 0 };
  readonly #reported = new Map<LossStage, Reported>();

  /** Takes the collector's newest totals, and what the queue has dropped, as of `nowNs`, CLOCK_MONOTONIC. */
  update(totals: Totals, lostInQueue: number, nowNs: bigint): void {
    this.#totals = totals;
    this.#lostInQueue = { events: lostInQueue, ...this.#queueClock.update(lostInQueue, nowNs) };
  }

  /** Counts a batch that was sent. */
  delivered(batch: EncodedBatch): void {
    this.#events += batch.events;
    this.#journeys += batch.journeys;
    this.#hops += batch.hops;
    this.#sent = { batches: this.#sent.batches + 1, bytes: this.#sent.bytes + batch.bytes.length };
  }

  /** The batches that were sent. */
  get sent(): Sent {
    return this.#sent;
  }

  /** What has been lost since the last call; undefined when nothing. */
  newLoss(): Loss | undefined {
    const stages = this.#lostByStage().filter(({ stage, lostEvents, totalCutJourneys }) => {
      return lostEvents > 0n || Number(totalCutJourneys) > (this.#reported.get(stage)?.cuts ?? 0);
    });
    for (const { stage, totalLostEvents, totalCutJourneys } of stages) {
      this.#reported.set(stage, { events: Number(totalLostEvents), cuts: Number(totalCutJourneys) });
    }
    return stages.length === 0 ? undefined : { stages };
  }

  /** The whole account. */
  account(): Account {
    return {
      seenEvents: BigInt(this.#totals.seen),
      filteredEvents: BigInt(this.#totals.filtered),
      deliveredEvents: BigInt(this.#events),
      lost: this.#lostByStage(),
      matchedPackets: BigInt(this.#totals.matched),
      deliveredJourneys: BigInt(this.#journeys),
      deliveredHops: BigInt(this.#hops),
    };
  }

  #lostByStage(): StageLoss[] {
    const places = Object.entries(STAGES) as [LossPlace, LossStage][];
    const all = places.map(([place, stage]) => this.#stageLoss(stage, this.#totals.lost[place]));
    return [...all, this.#stageLoss(LossStage.LOSS_STAGE_QUEUE, this.#lostInQueue)].filter(
      ({ totalLostEvents, totalCutJourneys }) => totalLostEvents > 0n || totalCutJourneys > 0n,
    );
  }

  #stageLoss(stage: LossStage, { events, firstNs, lastNs }: Lost): StageLoss {
    return {
      stage,
      lostEvents: BigInt(events - (this.#reported.get(stage)?.events ?? 0)),
      totalLostEvents: BigInt(events),
      firstTimeNs: firstNs,
      lastTimeNs: lastNs,
      totalCutJourneys: BigInt(stage === LossStage.LOSS_STAGE_TRACKING ? this.#totals.cutJourneys : 0),
    };
  }
}
