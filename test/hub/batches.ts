import type { EncodedBatch } from "../../src/collector/messages.js";
import { JourneyBatch, PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";

/** One journey of a batch; left out: one event, and a conversation of its own. */
export interface JourneyFields {
  readonly id: number;
  readonly events?: number;
  readonly conversation?: number;
  /** Bytes that make it larger. */
  readonly padding?: number;
}

/** An encoded batch of journeys. */
export function makeBatch(journeys: readonly JourneyFields[]): EncodedBatch {
  let end = 0;
  const parts: Uint8Array[] = [];
  const index: number[] = [];
  for (const { id, events = 1, conversation = id, padding = 0 } of journeys) {
    const hops = padding === 0 ? [] : [{ function: "x".repeat(padding) }];
    const journey = PacketJourney.fromPartial({ journeyId: BigInt(id), hops });
    const part = JourneyBatch.encode({ journeys: [journey] }).finish();
    end += part.length;
    parts.push(part);
    index.push(end, hops.length, events, conversation);
  }
  return {
    bytes: new Uint8Array(Buffer.concat(parts)),
    index: new Uint32Array(index),
    journeys: journeys.length,
    hops: journeys.filter(({ padding = 0 }) => padding > 0).length,
    events: journeys.reduce((sum, { events = 1 }) => sum + events, 0),
  };
}

/** Numbers of the journeys of a batch. */
export function idsOf({ bytes }: EncodedBatch): number[] {
  return JourneyBatch.decode(bytes).journeys.map(({ journeyId }) => Number(journeyId));
}
