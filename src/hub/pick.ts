/** Takes some journeys of an encoded batch, without decoding them. */
import type { EncodedBatch } from "../collector/messages.js";
import { INDEX_WORDS, IndexWord } from "../encode/batcher.js";

/** One word of a journey's entry in the index. */
export function indexWord(batch: EncodedBatch, journey: number, word: number): number {
  return batch.index[journey * INDEX_WORDS + word] as number;
}

/** Bytes that a batch keeps in memory. */
export function sizeOf({ bytes, index }: EncodedBatch): number {
  return bytes.byteLength + index.byteLength;
}

/** Where a journey begins in the message. */
function startOf(batch: EncodedBatch, journey: number): number {
  return journey === 0 ? 0 : indexWord(batch, journey - 1, IndexWord.END);
}

/** The journeys whose number in the batch is wanted, in their order: the batch itself when all are. */
export function pick(batch: EncodedBatch, isWanted: (journey: number) => boolean): EncodedBatch | undefined {
  const wanted: number[] = [];
  for (let journey = 0; journey < batch.journeys; journey++) if (isWanted(journey)) wanted.push(journey);
  if (wanted.length === batch.journeys) return batch;
  return wanted.length === 0 ? undefined : copyOf(batch, wanted);
}

function copyOf(batch: EncodedBatch, wanted: readonly number[]): EncodedBatch {
  const sizes = wanted.map((journey) => indexWord(batch, journey, IndexWord.END) - startOf(batch, journey));
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const index = new Uint32Array(wanted.length * INDEX_WORDS);
  let [end, hops, events] = [0, 0, 0];
  for (const [at, journey] of wanted.entries()) {
    const start = startOf(batch, journey);
    const size = sizes[at] as number;
    bytes.set(batch.bytes.subarray(start, start + size), end);
    end += size;
    const from = journey * INDEX_WORDS;
    index.set(batch.index.subarray(from, from + INDEX_WORDS), at * INDEX_WORDS);
    index[at * INDEX_WORDS + IndexWord.END] = end;
    hops += indexWord(batch, journey, IndexWord.HOPS);
    events += indexWord(batch, journey, IndexWord.EVENTS);
  }
  return { bytes, index, journeys: wanted.length, hops, events };
}
