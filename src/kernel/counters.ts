/** Reads a trace's counters and takes packets out of its tracking map. */
import koffi from "koffi";
import { libbpf } from "./libbpf.js";
import { mapMemory, unmap } from "./map-memory.js";
import { cpuNumbers } from "./possible-cpus.js";

/** The memory of a trace's counters: reading it takes no system call, and disturbs no probe. */
export class CounterMemory {
  #counters: Buffer;
  #address: bigint;

  constructor(mapFd: number, counterBytes: number) {
    const bytes = cpuNumbers() * counterBytes;
    this.#address = mapMemory("map the counters", mapFd, { offset: 0, bytes, isWritable: false });
    this.#counters = Buffer.from(koffi.view(this.#address, bytes));
  }

  /** One struct counters for each CPU's number, one behind the other: as they are now, and after {@link close} as they were then. */
  get counters(): Buffer {
    return this.#counters;
  }

  close(): void {
    if (this.#address === 0n) return;
    this.#counters = Buffer.from(this.#counters);
    unmap(this.#address, this.#counters.length);
    this.#address = 0n;
  }
}

/** What {@link TrackingMap.untrack} says of a packet that the map, full, had forgotten by itself. */
const FORGOTTEN = -1;

/** The map of followed packets. */
export class TrackingMap {
  readonly #fd: number;
  readonly #key = Buffer.alloc(8);
  readonly #value = Buffer.alloc(trackedLayout.size);

  constructor(mapFd: number) {
    this.#fd = mapFd;
  }

  /**
   * Forgets a packet. Returns how many of its hops found the ring full, or {@link FORGOTTEN}
   * when its address does not belong to that journey any more.
   */
  untrack(skbLow: number, skbHigh: number, journey: number): number {
    this.#key.writeUInt32LE(skbLow, 0);
    this.#key.writeUInt32LE(skbHigh, 4);
    if ((libbpf.lookup(this.#fd, this.#key, this.#value) as number) < 0) return FORGOTTEN;
    if (Number(this.#value.readBigUInt64LE(trackedLayout.journey)) !== journey) return FORGOTTEN;
    libbpf.deleteElement(this.#fd, this.#key);
    return this.#value.readUInt32LE(trackedLayout.lost);
  }
}

/** struct tracked of bpf/maps.h; test/bpf/layout.test.ts compares. */
export const trackedLayout = {
  size: 40,
  journey: 0,
  parent: 8,
  lost: 16,
  flow_sent: 20,
  state: 21,
  link: 22,
  marks: 23,
  flow_hash: 24,
  netns: 32,
  ifindex: 36,
} as const;
