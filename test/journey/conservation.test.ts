import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EndReason } from "../../src/gen/ipftrace/v1/journey.js";
import { type Delivered, functions, Harness, parents } from "./harness.js";

const { END_REASON_EGRESS: EGRESS, END_REASON_DROPPED: DROPPED, END_REASON_CONSUMED: CONSUMED } = EndReason;

/** One thing that happens; `stepNs` passes before it. */
interface Step {
  readonly what: "row" | "egress" | "freed" | "dropped" | "straggler" | "garbage" | "advance";
  readonly packet: number;
  readonly stepNs: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { arbitrary: fc.constant("row" as const), weight: 8 },
    { arbitrary: fc.constantFrom("egress" as const, "freed" as const, "dropped" as const), weight: 3 },
    { arbitrary: fc.constant("straggler" as const), weight: 2 },
    { arbitrary: fc.constantFrom("garbage" as const, "advance" as const), weight: 1 },
  ),
  packet: fc.nat(5),
  // Now and then longer than the time to wait, or than the idle timeout of 5 ms.
  stepNs: fc.oneof(fc.nat(1000), fc.nat(2_000_000), fc.nat(9_000_000)),
});

const capacities = fc
  .record({
    maxOpen: fc.integer({ min: 2, max: 5 }),
    maxHops: fc.integer({ min: 1, max: 6 }),
    spare: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ maxOpen, maxHops, spare }) => ({ maxOpen, maxHops, maxOpenHops: maxHops + spare, idleTimeoutNs: 5_000_000 }));

/** What bpf/track.h does, as far as it shows in the records. */
class KernelModel {
  readonly harness: Harness;
  #nowNs = 1_000_000_000;
  #lastJourney = 0;
  #lastFunction = 0;
  #undecodable = 0;
  readonly #packets = new Map<number, { journey: number; isFlowSent: boolean; parent: number; isEgress: boolean }>();
  /** Kernel number of the journey to which each row belongs, by the row's function. */
  readonly owners = new Map<number, number>();

  constructor(harness: Harness) {
    this.harness = harness;
  }

  run({ what, packet, stepNs }: Step): void {
    this.#nowNs += stepNs;
    if (what === "advance") this.harness.assembler.advance(this.#nowNs);
    else if (what === "garbage") this.#garbage();
    else if (what === "straggler") this.#straggler(packet);
    else this.#hit(packet, what);
    this.#forgetUntracked();
  }

  #garbage(): void {
    this.harness.assembler.accept(new Uint32Array(64), 0, 60);
    this.#undecodable++;
  }

  /** A record without a flow, older than what came before, of a journey that may be closed already. */
  #straggler(packet: number): void {
    const journey = this.#packets.get(packet)?.journey ?? Math.max(1, this.#lastJourney - packet);
    if (this.#lastJourney > 0) this.harness.accept(this.#row(journey, this.#nowNs - 500_000));
  }

  #row(journey: number, timeNs: number) {
    this.#lastFunction++;
    this.owners.set(this.#lastFunction, journey);
    return { journey, timeNs, function: this.#lastFunction };
  }

  #hit(packet: number, what: "row" | "egress" | "freed" | "dropped"): void {
    const known = this.#packets.get(packet);
    if (known === undefined && what === "freed") return;
    if (known?.isEgress && what === "freed") {
      this.#packets.delete(packet);
      return;
    }
    const now = known === undefined || known.isEgress ? this.#follow(packet, known?.journey ?? 0) : known;
    const flow = now.isFlowSent ? {} : { flow: { parent: now.parent } };
    const end = { egress: EGRESS, dropped: DROPPED, freed: CONSUMED, row: undefined }[what];
    const ends = end === undefined ? {} : { end };
    if (what === "freed")
      this.harness.accept({ journey: now.journey, timeNs: this.#nowNs, isRow: false, ...flow, ...ends });
    else this.harness.accept({ ...this.#row(now.journey, this.#nowNs), ...flow, ...ends });
    now.isFlowSent = true;
    if (what === "egress") now.isEgress = true;
    else if (end !== undefined) this.#packets.delete(packet);
  }

  #follow(packet: number, parent: number) {
    const fresh = { journey: ++this.#lastJourney, isFlowSent: false, parent, isEgress: false };
    this.#packets.set(packet, fresh);
    return fresh;
  }

  #forgetUntracked(): void {
    for (const [, , key] of this.harness.untracked.splice(0)) {
      for (const [packet, { journey }] of this.#packets) if (journey === key) this.#packets.delete(packet);
    }
  }

  /** Fails unless everything that was sent is accounted for. */
  check(maxHops: number): void {
    const { assembler } = this.harness;
    assembler.closeAll();
    const { delivered, journeys, accepted } = this.harness;
    assert.equal(assembler.pending, 0);
    assert.equal(assembler.undecodable, this.#undecodable);
    const events = delivered.reduce((sum, one) => sum + one.events, 0);
    assert.equal(accepted, events + assembler.lateEvents);
    assert.deepEqual(
      journeys.map(({ journeyId }) => Number(journeyId)).sort((a, b) => a - b),
      journeys.map((_, i) => i + 1),
    );
    const rows = journeys.flatMap(functions);
    assert.equal(new Set(rows).size, rows.length, "a hop is in two journeys");
    for (const one of delivered) this.#checkJourney(one, maxHops);
    if (delivered.length > 0) this.harness.assertAllFree();
  }

  #checkJourney({ journey, key, events }: Delivered, maxHops: number): void {
    const { hops, endReason, startTimeNs, durationNs } = journey;
    for (const name of functions(journey)) assert.equal(this.owners.get(name), key);
    const times = hops.map(({ deltaNs }) => deltaNs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => Number(a - b)),
    );
    assert.equal(hops[0]?.deltaNs ?? 0n, 0n);
    assert.ok(durationNs >= (times.at(-1) ?? 0n));
    assert.ok(startTimeNs > 0n);
    assert.ok(hops.length <= events && events <= hops.length + 1);
    // Stragglers may join a journey that is full, but only when it has ended.
    if (endReason >= EndReason.END_REASON_HOP_LIMIT) assert.ok(hops.length <= maxHops);
    for (const parent of parents(journey)) assert.ok(parent < Number(journey.journeyId), "a parent comes first");
  }
}

describe("whatever comes in whatever order", () => {
  it("every event is delivered once, or late; hops are sorted; all memory is free at the end", () => {
    fc.assert(
      fc.property(capacities, fc.array(step, { maxLength: 150, size: "max" }), (options, steps) => {
        const model = new KernelModel(new Harness(options));
        for (const one of steps) model.run(one);
        model.check(options.maxHops);
      }),
      { numRuns: 400 },
    );
  });

  it("with room for everything, a packet's journeys are linked without a gap", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("row" as const, "egress" as const), { maxLength: 60 }), (whats) => {
        const harness = new Harness({ maxHops: 3, maxOpen: 8 });
        const model = new KernelModel(harness);
        for (const what of whats) model.run({ what, packet: 0, stepNs: 10 });
        model.check(3);
        assert.deepEqual(
          harness.journeys.toSorted((a, b) => Number(a.journeyId - b.journeyId)).map(parents),
          harness.journeys.map((_, i) => (i === 0 ? [] : [i])),
        );
        assert.equal(harness.assembler.lateEvents, 0);
      }),
      { numRuns: 200 },
    );
  });
});
