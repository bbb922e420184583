/** What an event costs from the ring on, in one thread, beside a consumer in C of the same bytes. */
import { Ring } from "../../src/kernel/ring.js";
import { figureOf, ratios, shown } from "./harness/figures.js";
import { assembler, decoder, encodingOf, type Reader } from "./harness/readers.js";
import type { Benchmark, Cell } from "./harness/result.js";
import { openRingPeer } from "./harness/ring-peer.js";

const RING_BYTES = 64 * 1024 * 1024;
const HOPS = 8;
const JOURNEYS = 65_536;
const EVENTS = JOURNEYS * HOPS;
const FUNCTIONS = 100;
const MAX_RATIO = 1.3;
/** So that everything is compiled, and all memory there. */
const WARM_UP = 3;

/** Nanoseconds of all cores: what else the machine does is not counted. */
function timed(reader: Reader): number {
  const before = process.cpuUsage();
  reader();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

export const benchmark: Benchmark = {
  name: "ring",
  about:
    "Reading the ring: nanoseconds an event, beside a consumer in C (libbpf's ring_buffer__consume) of the same bytes.",
  async run({ runs, folder, progress }) {
    const peer = openRingPeer(folder, RING_BYTES);
    const readers: [name: string, reader: Reader][] = [
      ["read and decode", decoder(new Ring(peer.fd, RING_BYTES))],
      ["… and assemble", assembler(new Ring(peer.fd, RING_BYTES), undefined)],
      ["… and encode, ids", assembler(new Ring(peer.fd, RING_BYTES), encodingOf(undefined))],
      ["… and encode, names", assembler(new Ring(peer.fd, RING_BYTES), encodingOf(FUNCTIONS))],
    ];
    const c: number[] = [];
    const ours = readers.map((): number[] => []);
    for (let run = -WARM_UP; run < runs; run++) {
      progress(run < 0 ? "warming up" : `run ${run + 1} of ${runs}`);
      peer.fill(JOURNEYS, HOPS, FUNCTIONS);
      const inC = peer.peek(() => timed(peer.read)) / EVENTS;
      const each = readers.map(([, reader]) => peer.peek(() => timed(reader)) / EVENTS);
      peer.read();
      if (run < 0) continue;
      c.push(inC);
      for (const [n, ns] of each.entries()) ours[n]?.push(ns);
    }
    peer.close();
    const rows = readers.map(([name], n): Cell[] => [name, figureOf(ours[n] ?? []), ratios(ours[n] ?? [], c)]);
    const ratio = ratios(ours[0] ?? [], c).median;
    return {
      tables: [
        {
          title: "One thread, events of 8-hop journeys, 256 of them open at the same time",
          columns: [{ title: "what" }, { title: "ns/event", decimals: 1 }, { title: "times C", decimals: 2 }],
          rows: [["C: read and decode", figureOf(c), 1], ...rows],
        },
      ],
      goals: [
        {
          aim: `read and decode at most ${MAX_RATIO} times as long as C`,
          found: `${shown(ratio, 2)} times`,
          isMet: ratio <= MAX_RATIO,
          reason:
            "C reads 64 bits at a time and adds whole numbers; JavaScript reads 32, checks each place, and makes doubles of times and numbers. It is a small part of what an event costs.",
        },
      ],
      notes: [
        `${shown(EVENTS)} events (${shown(JOURNEYS)} journeys) lie in a ring of 64 MiB. Each reader reads all of them, every member of every record, and the position is put back for the next one.`,
      ],
    };
  },
};
