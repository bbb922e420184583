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

/** The map of followed packets, and that of those whose end the ring, full, did not tell. */
export class TrackingMap {
  readonly #followedFd: number;
  readonly #untoldFd: number;
  readonly #key = Buffer.alloc(8);
  readonly #packet = Buffer.alloc(trackedLayout.size);
  readonly #lost = Buffer.alloc(4);

  constructor(followedFd: number, untoldFd: number) {
    this.#followedFd = followedFd;
    this.#untoldFd = untoldFd;
  }

  /**
   * Forgets a packet. Returns how many of its hops found the ring full, or {@link FORGOTTEN}
   * when nothing is known of that journey any more.
   */
  untrack(skbLow: number, skbHigh: number, journey: number): number {
    this.#key.writeUInt32LE(skbLow, 0);
    this.#key.writeUInt32LE(skbHigh, 4);
    if ((libbpf.lookup(this.#followedFd, this.#key, this.#packet) as number) < 0) return this.#untold(journey);
    if (Number(this.#packet.readBigUInt64LE(trackedLayout.journey)) !== journey) return this.#untold(journey);
    libbpf.deleteElement(this.#followedFd, this.#key);
    return this.#packet.readUInt32LE(trackedLayout.lost);
  }

  /** The same of a packet whose address another one has taken, or nobody. */
  #untold(journey: number): number {
    this.#key.writeBigUInt64LE(BigInt(journey));
    if ((libbpf.lookup(this.#untoldFd, this.#key, this.#lost) as number) < 0) return FORGOTTEN;
    libbpf.deleteElement(this.#untoldFd, this.#key);
    return this.#lost.readUInt32LE();
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
