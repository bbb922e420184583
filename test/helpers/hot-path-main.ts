/**
 * Gives the hot path millions of records without a kernel, and prints as JSON what it left behind. Run with a
 * young generation so large that nothing is collected: then the heap grows by what is allocated.
 */

import { inlineHotPath } from "../../src/collector/inlining.js";
import { timeBase } from "../../src/decode/record.js";
import { writeRecord } from "../../src/decode/write-record.js";
import { Batcher, type EncodedBatch } from "../../src/encode/batcher.js";
import { NameTable } from "../../src/encode/names.js";
import { Assembler } from "../../src/journey/assembler.js";

const HOPS = 8;
/** Journeys that are open at the same time. */
const OPEN = 250;
const WARM_UP_ROUNDS = 1500;
const ROUNDS = 100;
const WINDOWS = 5;
const WORDS = 64;
/** END_CONSUMED. */
const CONSUMED = 3;

inlineHotPath();
const sent = { batches: 0, bytes: 0, journeys: 0 };
const emit = ({ bytes, journeys }: EncodedBatch): void => {
  sent.batches++;
  sent.bytes += bytes.length;
  sent.journeys += journeys;
};
const base = timeBase(1_980_216_709_532_312n);
const none = new NameTable([]);
const encoding = {
  ...{ base, functionNames: process.argv[2] === "names" ? new NameTable([[1, "ip_local_deliver"]]) : undefined },
  ...{ dropReasons: none, dropSubsystems: none, location: () => Buffer.alloc(0), customFields: [] },
};
const batcher = new Batcher({ journeys: 128, bytes: 65_536, delayNs: 1e6 }, encoding, emit);
const options = { maxHops: 256, idleTimeoutNs: 10e9, maxOpen: 16_384, maxOpenHops: 262_144, customBytes: 0 };
const assembler = new Assembler(options, base, {
  deliver: (slab, slot) => batcher.add(slab, slot),
  untrack: () => 0,
  functionId: (id) => id,
});

// One record of each kind; time and journey are written into them over and over.
const words = new Uint32Array(3 * WORDS);
const flow = { l3Protocol: 0x0800, l4Protocol: 6, sourcePort: 52_262, destinationPort: 443 };
const usual = { timeNs: 0, journey: 0, function: 1, length: 1500, ifindex: 2, netns: 4_026_531_840, cpu: 3 };
const kinds = [{ flow: { ...flow, process: { pid: 1234, tid: 1234, comm: "curl" } } }, {}, { end: CONSUMED }];
const sizes = kinds.map((kind, n) => writeRecord(words, n * WORDS, { ...usual, ...kind }));
let [journey, timeNs] = [0, 0];

function give(kind: number, number: number): void {
  const at = kind * WORDS;
  timeNs += 100;
  // Words 0 to 3 of bpf/record.h: the time, and the number of the journey, which a CPU begins above 32 bits.
  words[at] = (base.low + timeNs) >>> 0;
  words[at + 1] = base.high + Math.floor((base.low + timeNs) / 2 ** 32);
  words[at + 2] = number;
  words[at + 3] = 256;
  assembler.accept(words, at, sizes[kind] as number);
}

function round(): void {
  for (let hop = 0; hop < HOPS; hop++) {
    const kind = hop === 0 ? 0 : hop === HOPS - 1 ? 2 : 1;
    for (let n = 0; n < OPEN; n++) give(kind, journey + n);
  }
  journey += OPEN;
  assembler.advance(timeNs);
  batcher.advance(timeNs);
}

for (let n = 0; n < WARM_UP_ROUNDS; n++) round();
/** Of one window: the heap's growth, and what was sent. */
function window(): { heapBytes: number; batches: number; bytesPerHop: number } {
  gc?.();
  const before = process.memoryUsage().heapUsed;
  const first = { ...sent };
  for (let n = 0; n < ROUNDS; n++) round();
  const heapBytes = process.memoryUsage().heapUsed - before;
  const bytesPerHop = (sent.bytes - first.bytes) / (sent.journeys - first.journeys) / HOPS;
  return { heapBytes, batches: sent.batches - first.batches, bytesPerHop };
}

// V8 may compile anew in any of them, but not in all.
const windows = Array.from({ length: WINDOWS }, window).sort((a, b) => a.heapBytes - b.heapBytes);
process.stdout.write(JSON.stringify({ events: ROUNDS * OPEN * HOPS, ...windows[0] }));
