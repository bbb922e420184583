/** The account of one client: where every event of its trace went. */
import type { EncodedBatch, Totals } from "../collector/messages.js";
import { type Account, type Loss, LossStage, type StageLoss } from "../gen/ipftrace/v1/loss.js";

/** Totals in which nothing happened. */
export const NO_TOTALS: Totals = {
  seen: 0,
  filtered: 0,
  lostProbe: 0,
  lostRing: 0,
  lostTracking: 0,
  lostDecode: 0,
  lostAssembly: 0,
  matched: 0,
};

/** Adds up what the collector tells, what the client's queue dropped and what was sent. */
export class ClientAccount {
  #totals = NO_TOTALS;
  #lostInQueue = 0;
  #events = 0;
  #journeys = 0;
  #hops = 0;
  readonly #reported = new Map<LossStage, number>();

  /** Takes the collector's newest totals. */
  update(totals: Totals, lostInQueue: number): void {
    this.#totals = totals;
    this.#lostInQueue = lostInQueue;
  }

  /** Counts a batch that was sent. */
  delivered(batch: EncodedBatch): void {
    this.#events += batch.events;
    this.#journeys += batch.journeys;
    this.#hops += batch.hops;
  }

  /** What has been lost since the last call; undefined when nothing. */
  newLoss(): Loss | undefined {
    const stages = this.#lostByStage().filter(({ lostEvents }) => lostEvents > 0n);
    for (const { stage, totalLostEvents } of stages) this.#reported.set(stage, Number(totalLostEvents));
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
    const { lostProbe, lostRing, lostTracking, lostDecode, lostAssembly } = this.#totals;
    const all: [LossStage, number][] = [
      [LossStage.LOSS_STAGE_PROBE_MISSED, lostProbe],
      [LossStage.LOSS_STAGE_RING, lostRing],
      [LossStage.LOSS_STAGE_TRACKING, lostTracking],
      [LossStage.LOSS_STAGE_DECODE, lostDecode],
      [LossStage.LOSS_STAGE_ASSEMBLY, lostAssembly],
      [LossStage.LOSS_STAGE_QUEUE, this.#lostInQueue],
    ];
    return all
      .filter(([, total]) => total > 0)
      .map(([stage, total]) => ({
        stage,
        lostEvents: BigInt(total - (this.#reported.get(stage) ?? 0)),
        totalLostEvents: BigInt(total),
      }));
  }
}
