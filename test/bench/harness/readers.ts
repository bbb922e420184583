/** The stages of an event's life in one thread, each with those before it: ring, decode, journey, encode. */
import * as record from "../../../src/decode/record.js";
import { Batcher } from "../../../src/encode/batcher.js";
import type { Encoding } from "../../../src/encode/journey.js";
import { NameTable } from "../../../src/encode/names.js";
import { Assembler } from "../../../src/journey/assembler.js";
import type { Ring } from "../../../src/kernel/ring.js";

/** Reads all there is. */
export type Reader = () => void;

/** Names as long as the kernel's are: 16 bytes in the mean. */
export function functionNames(functions: number): [number, string][] {
  return Array.from({ length: functions }, (_, n) => [n + 1, `ip_local_deliver${n % 10}`.slice(0, 12 + (n % 9))]);
}

/** Where what was read goes, so that the reading is not left out by the compiler. */
export const read = { mix: 0, newestNs: 0, journeys: 0, bytes: 0 };

function readAll(words: Uint32Array, at: number): void {
  const timeNs = record.timeOf(words, at, BASE);
  if (timeNs > read.newestNs) read.newestNs = timeNs;
  const journey = record.journeyOf(words, at) | record.functionOf(words, at);
  const skb = record.skbLowOf(words, at) ^ record.skbHighOf(words, at);
  const place = record.lengthOf(words, at) ^ record.ifindexOf(words, at) ^ record.netnsOf(words, at);
  const state = record.cpuOf(words, at) ^ record.flagsOf(words, at) ^ record.endReasonOf(words, at);
  const loss = record.dropReasonOf(words, at) ^ record.lostOf(words, at) ^ record.locationOf(words, at);
  read.mix ^= journey ^ skb ^ place ^ state ^ loss ^ record.stackOf(words, at);
}

const BASE = record.timeBase(process.hrtime.bigint());
const ALL = Number.MAX_SAFE_INTEGER;
/** What comes in a millisecond at two million events a second. */
const RECORDS_PER_DRAIN = 2000;

/** Reads each member of each record, as the one in C does. */
export function decoder(ring: Ring): Reader {
  const onRecord = (words: Uint32Array, at: number, bytes: number): void => {
    if (record.isWhole(words, at, bytes, 0)) readAll(words, at);
  };
  return () => ring.drain(onRecord, ALL);
}

/** Assembles journeys, and with `encoding` encodes them into batches of 128. */
export function assembler(ring: Ring, encoding: Encoding | undefined, maxOpen = 65_536): Reader {
  const emit = ({ bytes, journeys }: { bytes: Uint8Array; journeys: number }): void => {
    read.bytes += bytes.length;
    read.journeys += journeys;
  };
  const batcher = encoding && new Batcher({ journeys: 128, bytes: 65_536, delayNs: 0 }, encoding, emit);
  const options = { maxHops: 256, idleTimeoutNs: 10e9, maxOpen, maxOpenHops: maxOpen * 9, customBytes: 0 };
  const made = new Assembler(options, BASE, {
    deliver: (slab, slot) => batcher?.add(slab, slot),
    untrack: () => 0,
    functionId: (id) => id,
  });
  const onRecord = (words: Uint32Array, at: number, bytes: number): void => made.accept(words, at, bytes);
  return () => {
    while (ring.drain(onRecord, RECORDS_PER_DRAIN) > 0) made.advance(made.newestNs);
    made.closeAll();
    batcher?.flush();
  };
}

/** How journeys are encoded: with ids, or with names. */
export function encodingOf(functions: number | undefined): Encoding {
  return {
    base: BASE,
    functionNames: functions === undefined ? undefined : new NameTable(functionNames(functions)),
    dropReasons: new NameTable([]),
    dropSubsystems: new NameTable([]),
    location: () => Buffer.alloc(0),
    customFields: [],
  };
}
