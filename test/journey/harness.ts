import assert from "node:assert/strict";
import { timeBase } from "../../src/decode/record.js";
import { type RecordFields, writeRecord } from "../../src/decode/write-record.js";
import { writeJourney } from "../../src/encode/journey.js";
import { NameTable } from "../../src/encode/names.js";
import { Writer } from "../../src/encode/writer.js";
import { JourneyBatch, type PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { Assembler } from "../../src/journey/assembler.js";
import type { AssemblerOptions } from "../../src/journey/contract.js";
import { NONE } from "../../src/journey/none.js";
import type { Slab } from "../../src/journey/slab.js";

/** A journey as the client sees it, and what only the collector knows of it. */
export interface Delivered {
  readonly journey: PacketJourney;
  readonly events: number;
  readonly key: number;
}

/** One millisecond, the time for which an ended journey waits for older records. */
export const REORDER_NS = 1_000_000;
/** The idle timeout of these tests. */
export const IDLE_NS = 5_000_000_000;

/** Blocks of the tests: a presence map, then one number of 8 bytes. */
const customFields = [{ fieldId: 1, at: 8, bytes: 8, form: "unsigned" }] as const;
const encoding = {
  base: timeBase(0n),
  functionNames: undefined,
  dropReasons: new NameTable([]),
  dropSubsystems: new NameTable([]),
  location: () => Buffer.alloc(0),
  customFields,
};

/** An assembler whose records are written by the test, and what it did with them. */
export class Harness {
  readonly assembler: Assembler;
  readonly delivered: Delivered[] = [];
  readonly untracked: [skbLow: number, skbHigh: number, key: number][] = [];
  /** By kernel number: what the tracking map knows of lost hops when it is asked. */
  readonly lostInKernel = new Map<number, number>();
  accepted = 0;
  readonly #words = new Uint32Array(128);
  readonly #options: AssemblerOptions;
  #slab: Slab | undefined;

  constructor(options: Partial<AssemblerOptions> = {}) {
    this.#options = {
      maxHops: 128,
      idleTimeoutNs: IDLE_NS,
      maxOpen: 64,
      maxOpenHops: 1024,
      customBytes: 0,
      ...options,
    };
    this.assembler = new Assembler(
      this.#options,
      { low: 0, high: 0 },
      {
        deliver: (slab, slot) => this.#deliver(slab, slot),
        untrack: (low, high, key) => {
          this.untracked.push([low, high, key]);
          return this.lostInKernel.get(key) ?? 0;
        },
        functionId: (value) => value,
      },
    );
  }

  #deliver(slab: Slab, slot: number): void {
    this.#slab = slab;
    const writer = new Writer(1024);
    writeJourney(writer, 1, slab, slot, encoding);
    const [journey] = JourneyBatch.decode(writer.take()).journeys;
    assert.ok(journey !== undefined);
    this.delivered.push({ journey, events: slab.events[slot] as number, key: slab.key[slot] as number });
  }

  /** Gives the assembler records, each at another place of the ring. */
  accept(...records: RecordFields[]): this {
    for (const fields of records) {
      const at = (this.accepted % 4) * 2;
      const bytes = writeRecord(this.#words, at, fields);
      this.accepted++;
      this.assembler.accept(this.#words, at, bytes);
    }
    return this;
  }

  /** The journeys delivered so far. */
  get journeys(): PacketJourney[] {
    return this.delivered.map(({ journey }) => journey);
  }

  /** Their kernel numbers. */
  get keys(): number[] {
    return this.delivered.map(({ key }) => key);
  }

  /** Fails unless every slot and every hop of the slab can be had again, each once. */
  assertAllFree(): void {
    const slab = this.#slab;
    assert.ok(slab !== undefined, "nothing was delivered");
    const { maxOpen, maxOpenHops } = this.#options;
    const slots = Array.from({ length: maxOpen }, () => slab.takeSlot());
    assert.deepEqual(
      [...new Set(slots)].sort(ascending),
      Array.from({ length: maxOpen }, (_, i) => i),
    );
    assert.equal(slab.takeSlot(), NONE);
    const hops = Array.from({ length: maxOpenHops }, () => slab.appendHop(0));
    assert.deepEqual(
      [...new Set(hops)].sort(ascending),
      Array.from({ length: maxOpenHops }, (_, i) => i),
    );
    assert.equal(slab.appendHop(0), NONE);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** The first record of a journey. */
export function first(journey: number, timeNs: number, more: Partial<RecordFields> = {}): RecordFields {
  return { journey, timeNs, flow: {}, ...more };
}

/** A later one. */
export function row(journey: number, timeNs: number, more: Partial<RecordFields> = {}): RecordFields {
  return { journey, timeNs, ...more };
}

/** A block with that number. */
export function block(value: bigint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(1n, 0);
  bytes.writeBigUInt64LE(value, 8);
  return bytes;
}

/** Functions of a journey's hops, in their order. */
export function functions({ hops }: PacketJourney): number[] {
  return hops.map(({ functionId }) => functionId);
}

/** The public numbers of the journeys that it continues. */
export function parents({ links }: PacketJourney): number[] {
  return links.map(({ journeyId }) => Number(journeyId));
}
