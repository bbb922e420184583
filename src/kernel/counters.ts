/** Reads a trace's counters and takes packets out of its tracking map. */
import { checkResult, libbpf } from "./libbpf.js";

/** struct counters on each possible CPU; the kernel pads values to 8 bytes, which ours are. */
export class CounterMap {
  readonly #fd: number;
  readonly #key = Buffer.alloc(4);
  readonly #value: Buffer;

  constructor(mapFd: number, valueBytes: number) {
    this.#fd = mapFd;
    const cpus = checkResult("count the CPUs", libbpf.possibleCpus() as number);
    this.#value = Buffer.alloc(cpus * valueBytes);
  }

  /** The values of all CPUs, one behind the other; the buffer is overwritten by the next call. */
  read(): Buffer {
    checkResult("read the counters", libbpf.lookup(this.#fd, this.#key, this.#value) as number);
    return this.#value;
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
