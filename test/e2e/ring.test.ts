import assert from "node:assert/strict";
import { flowLayout } from "../../src/decode/layout.js";
import * as record from "../../src/decode/record.js";
import { Ring } from "../../src/kernel/ring.js";
import { openRingPeer } from "../bench/harness/ring-peer.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { whyNotHere } from "./why-not.js";

const RING_BYTES = 8192;
const HOPS = 3;
/** At a time: as many as the ring holds at least, and so many that its end comes at each place of a record. */
const JOURNEYS = 20;
const TIMES = 100;
/** Of test/bpf/synthetic.bpf.c. */
const SOURCE = 0x0a01000a;

kernelTest("a record that goes on at the beginning of the ring is read whole", whyNotHere, (context) => {
  const peer = openRingPeer(temporaryFolder(context), RING_BYTES);
  const ring = new Ring(peer.fd, RING_BYTES);
  const hops: [journey: number, functionId: number][] = [];
  const joined = new Map<string, number>();
  try {
    for (let time = 0; time < TIMES; time++) {
      peer.fill(JOURNEYS, HOPS, HOPS, 1);
      ring.drain((words, at, bytes) => {
        assert.ok(record.isWhole(words, at, bytes, 0));
        const isFirst = record.functionOf(words, at) === 1;
        if (isFirst) assert.equal(words[at + record.FLOW_AT + flowLayout.source / 4], SOURCE);
        hops.push([record.journeyOf(words, at), record.functionOf(words, at)]);
        const kind = isFirst ? "with its flow" : "a hop";
        if (words.byteLength !== RING_BYTES) joined.set(kind, (joined.get(kind) ?? 0) + 1);
      }, Number.MAX_SAFE_INTEGER);
    }
  } finally {
    ring.close();
    peer.close();
  }
  const first = hops[0]?.[0] ?? Number.NaN;
  const all = Array.from({ length: TIMES * JOURNEYS * HOPS }, (_, n) => [first + Math.floor(n / HOPS), 1 + (n % HOPS)]);
  assert.deepEqual(hops, all);
  // Else this test would show nothing.
  assert.deepEqual([...joined.keys()].sort(), ["a hop", "with its flow"]);
});
