/** What all clients' streams come to, those of clients that have left included. */
import type { Account, LossStage } from "../gen/ipftrace/v1/loss.js";

/** A stream, as far as it is counted. */
export interface CountedStream {
  /** Where its events went, as of now. */
  readonly account: Account;
  readonly sent: Sent;
  /** Bytes of batches that wait for its client. */
  readonly queuedBytes: number;
}

/** Batches that were sent to a client. */
export interface Sent {
  readonly batches: number;
  readonly bytes: number;
}

/** The sum of streams. */
export interface StreamTotals extends Sent {
  readonly seen: bigint;
  readonly filtered: bigint;
  readonly delivered: bigint;
  readonly matchedPackets: bigint;
  readonly journeys: bigint;
  readonly hops: bigint;
  readonly lost: ReadonlyMap<LossStage, bigint>;
}

const NOTHING: StreamTotals = {
  seen: 0n,
  filtered: 0n,
  delivered: 0n,
  matchedPackets: 0n,
  journeys: 0n,
  hops: 0n,
  batches: 0,
  bytes: 0,
  lost: new Map(),
};

/** Adds up streams. */
export class StreamSum {
  readonly #open = new Set<CountedStream>();
  #closed = NOTHING;

  /** How many are open. */
  get open(): number {
    return this.#open.size;
  }

  /** Bytes that wait for clients. */
  get queuedBytes(): number {
    return [...this.#open].reduce((sum, { queuedBytes }) => sum + queuedBytes, 0);
  }

  /** The sum as of now. */
  get totals(): StreamTotals {
    return [...this.#open].reduce(plus, this.#closed);
  }

  /** Counts a stream from now on. */
  add(stream: CountedStream): void {
    this.#open.add(stream);
  }

  /** Takes what a stream has for final; safe to call twice. */
  close(stream: CountedStream): void {
    if (this.#open.delete(stream)) this.#closed = plus(this.#closed, stream);
  }
}

function plus(sum: StreamTotals, { account, sent }: CountedStream): StreamTotals {
  const lost = new Map(sum.lost);
  for (const { stage, totalLostEvents } of account.lost) lost.set(stage, (lost.get(stage) ?? 0n) + totalLostEvents);
  return {
    seen: sum.seen + account.seenEvents,
    filtered: sum.filtered + account.filteredEvents,
    delivered: sum.delivered + account.deliveredEvents,
    matchedPackets: sum.matchedPackets + account.matchedPackets,
    journeys: sum.journeys + account.deliveredJourneys,
    hops: sum.hops + account.deliveredHops,
    batches: sum.batches + sent.batches,
    bytes: sum.bytes + sent.bytes,
    lost,
  };
}
