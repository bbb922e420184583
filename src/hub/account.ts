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
  overhead: undefined,
};

/** What happened before a client came: none of its account. */
export interface Baseline {
  readonly totals: Totals;
  /** Events of journeys that had been delivered to others. */
  readonly deliveredEvents: number;
}

/** For a client whose trace began with it. */
export const FROM_THE_START: Baseline = { totals: NO_TOTALS, deliveredEvents: 0 };

/** Where events of a client's own part of the way went, besides to the client. */
export interface OwnCounts {
  /** Not asked for. */
  readonly leftOut: number;
  /** Above its rate limit. */
  readonly limited: number;
  /** Dropped by its queue. */
  readonly queue: number;
  /** Forgotten by the history before it read them. */
  readonly history: number;
}

/** Nowhere else. */
export const NO_OWN_COUNTS: OwnCounts = { leftOut: 0, limited: 0, queue: 0, history: 0 };

const COLLECTOR_STAGES: Readonly<Record<LossPlace, LossStage>> = {
  probe: LossStage.LOSS_STAGE_PROBE_MISSED,
  ring: LossStage.LOSS_STAGE_RING,
  tracking: LossStage.LOSS_STAGE_TRACKING,
  rate: LossStage.LOSS_STAGE_RATE_LIMIT,
  sampling: LossStage.LOSS_STAGE_SAMPLING,
  decode: LossStage.LOSS_STAGE_DECODE,
  assembly: LossStage.LOSS_STAGE_ASSEMBLY,
};
const OWN_STAGES: Readonly<Record<Exclude<keyof OwnCounts, "leftOut">, LossStage>> = {
  limited: LossStage.LOSS_STAGE_RATE_LIMIT,
  queue: LossStage.LOSS_STAGE_QUEUE,
  history: LossStage.LOSS_STAGE_HISTORY,
};
const PLACES = Object.entries(COLLECTOR_STAGES) as [LossPlace, LossStage][];
const OWN_PLACES = Object.entries(OWN_STAGES) as [keyof typeof OWN_STAGES, LossStage][];

/** What has been told of a stage. */
interface Reported {
  readonly events: number;
  readonly cuts: number;
}

/** Adds up what the collector tells, what the client's own part of the way did, and what was sent. */
export class ClientAccount {
  readonly #baseline: Baseline;
  #totals: Totals;
  #own = NO_OWN_COUNTS;
  readonly #clocks = new Map<string, LossClock>();
  #lost = new Map<LossStage, Lost>();
  #events = 0;
  #journeys = 0;
  #hops = 0;
  #sent: Sent = { batches: 0, bytes: 0 };
  readonly #reported = new Map<LossStage, Reported>();

  constructor(baseline: Baseline = FROM_THE_START) {
    this.#baseline = baseline;
    this.#totals = baseline.totals;
  }

  /** Takes the collector's newest totals, and the client's own counts, as of `nowNs`, CLOCK_MONOTONIC. */
  update(totals: Totals, own: OwnCounts, nowNs: bigint): void {
    this.#totals = totals;
    this.#own = own;
    this.#lost = new Map();
    for (const [place, stage] of PLACES) this.#addLoss(stage, this.#since(place, nowNs));
    for (const [place, stage] of OWN_PLACES) this.#addLoss(stage, this.#dated(place, own[place], nowNs));
  }

  /** What was lost at a place of the collector since the client came. */
  #since(place: LossPlace, nowNs: bigint): Lost {
    const now = this.#totals.lost[place];
    const before = this.#baseline.totals.lost[place].events;
    // The collector's times begin with a loss that is not this client's.
    return before === 0 ? now : this.#dated(place, now.events - before, nowNs);
  }

  #dated(place: string, events: number, nowNs: bigint): Lost {
    let clock = this.#clocks.get(place);
    if (clock === undefined) {
      clock = new LossClock();
      this.#clocks.set(place, clock);
    }
    return { events, ...clock.update(events, nowNs) };
  }

  #addLoss(stage: LossStage, { events, firstNs, lastNs }: Lost): void {
    const { events: others, ...times } = this.#lost.get(stage) ?? NOTHING;
    if (events === 0 && others > 0) return;
    this.#lost.set(stage, {
      events: others + events,
      firstNs: others > 0 && times.firstNs < firstNs ? times.firstNs : firstNs,
      lastNs: times.lastNs > lastNs ? times.lastNs : lastNs,
    });
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

  /** Whether anything has been lost since the last {@link newLoss}. */
  get hasNewLoss(): boolean {
    return this.#newlyLost().length > 0;
  }

  #newlyLost(): StageLoss[] {
    return this.#lostByStage().filter(({ stage, lostEvents, totalCutJourneys }) => {
      return lostEvents > 0n || Number(totalCutJourneys) > (this.#reported.get(stage)?.cuts ?? 0);
    });
  }

  /** What has been lost since the last call; undefined when nothing. */
  newLoss(): Loss | undefined {
    const stages = this.#newlyLost();
    for (const { stage, totalLostEvents, totalCutJourneys } of stages) {
      this.#reported.set(stage, { events: Number(totalLostEvents), cuts: Number(totalCutJourneys) });
    }
    return stages.length === 0 ? undefined : { stages };
  }

  /** The whole account. */
  account(): Account {
    const { totals, deliveredEvents } = this.#baseline;
    return {
      seenEvents: BigInt(this.#totals.seen - accountedFor(totals) - deliveredEvents),
      filteredEvents: BigInt(this.#totals.filtered - totals.filtered + this.#own.leftOut),
      deliveredEvents: BigInt(this.#events),
      lost: this.#lostByStage(),
      matchedPackets: BigInt(this.#totals.matched - totals.matched),
      deliveredJourneys: BigInt(this.#journeys),
      deliveredHops: BigInt(this.#hops),
    };
  }

  #lostByStage(): StageLoss[] {
    return [...this.#lost]
      .map(([stage, lost]) => this.#stageLoss(stage, lost))
      .filter(({ totalLostEvents, totalCutJourneys }) => totalLostEvents > 0n || totalCutJourneys > 0n);
  }

  #stageLoss(stage: LossStage, { events, firstNs, lastNs }: Lost): StageLoss {
    const cuts = this.#totals.cutJourneys - this.#baseline.totals.cutJourneys;
    return {
      stage,
      lostEvents: BigInt(events - (this.#reported.get(stage)?.events ?? 0)),
      totalLostEvents: BigInt(events),
      firstTimeNs: firstNs,
      lastTimeNs: lastNs,
      totalCutJourneys: BigInt(stage === LossStage.LOSS_STAGE_TRACKING ? cuts : 0),
    };
  }
}

/** Events that were filtered or lost. */
export function accountedFor({ filtered, lost }: Totals): number {
  return Object.values(lost).reduce((sum, { events }) => sum + events, filtered);
}
