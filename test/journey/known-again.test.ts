/** Packets that were forgotten and are seen again: their second journey names the first where it is certain. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EndReason, LinkKind, LinkRole } from "../../src/gen/ipftrace/v1/journey.js";
import { first, Harness, IDLE_NS, parents, row } from "./harness.js";

const { END_REASON_CONSUMED: CONSUMED, END_REASON_EVICTED: EVICTED } = EndReason;
const SKB = 0xffff_8880_1234_5600n;

/** The first record of a journey of the packet at an address, after so many deaths there. */
function seen(journey: number, timeNs: number, deaths: number, skb = SKB) {
  return first(journey, timeNs, { skb, flow: { deaths } });
}

describe("a packet that the kernel has forgotten and that is seen again", () => {
  it("closes its first journey, in the second it names it", () => {
    const harness = new Harness();
    harness.lostInKernel.set(70, -1);
    harness.accept(seen(70, 1, 5), row(70, 2, { skb: SKB }), seen(71, 3, 5));
    assert.deepEqual(
      harness.journeys.map(({ endReason }) => endReason),
      [EVICTED],
    );
    assert.equal(harness.assembler.cutJourneys, 1);
    harness.accept(row(71, 4, { skb: SKB, end: CONSUMED, isRow: false }));
    harness.assembler.closeAll();
    const [link] = harness.journeys[1]?.links ?? [];
    const kind = LinkKind.LINK_KIND_CONTINUATION;
    assert.deepEqual(link, { journeyId: 1n, role: LinkRole.LINK_ROLE_PARENT, kind });
  });

  it("names it, too, when that was closed because nothing was seen of the packet for long", () => {
    const harness = new Harness();
    harness.accept(seen(70, 1, 5));
    harness.assembler.advance(1 + IDLE_NS);
    harness.accept(seen(71, 2 + IDLE_NS, 5));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(parents), [[], [1]]);
  });

  const others: [what: string, ...ReturnType<typeof seen>[]][] = [
    ["another died there meanwhile", seen(70, 1, 5), seen(71, 3, 6)],
    ["deaths are not counted", seen(70, 1, 0), seen(71, 3, 0)],
    ["it is at another address", seen(70, 1, 5), seen(71, 3, 5, SKB + 0x100n)],
    ["a third one was there in between", seen(70, 1, 5), seen(71, 2, 6), seen(72, 3, 5)],
  ];
  for (const [what, ...records] of others) {
    it(`is not taken for the same when ${what}`, () => {
      const harness = new Harness();
      harness.accept(...records);
      assert.deepEqual(harness.journeys, [], "none is closed");
      harness.assembler.closeAll();
      assert.deepEqual(harness.journeys.map(parents), Array(records.length).fill([]));
    });
  }

  it("names its parent where it has one", () => {
    const harness = new Harness();
    harness.accept(seen(70, 1, 5), seen(71, 2, 5, SKB + 0x100n));
    harness.accept(first(72, 3, { skb: SKB, flow: { deaths: 5, parent: 71, link: LinkKind.LINK_KIND_CLONE } }));
    harness.assembler.closeAll();
    assert.deepEqual(harness.journeys.map(parents), [[], [], [2]]);
  });
});

describe("a packet that goes into one whose journey has not begun", () => {
  const joined = (journey: number, timeNs: number, parent: number) =>
    row(journey, timeNs, { isRow: false, isLink: true, flow: { parent, link: LinkKind.LINK_KIND_REASSEMBLY } });

  it("names the number that it will have", () => {
    const harness = new Harness();
    harness.accept(first(70, 1), first(71, 2), joined(70, 3, 72), joined(71, 4, 72));
    harness.accept(first(80, 5), first(72, 6, { flow: { parent: 70, link: LinkKind.LINK_KIND_REASSEMBLY } }));
    harness.assembler.closeAll();
    assert.deepEqual(
      harness.journeys.map(({ journeyId, links }) => [journeyId, links.map((link) => link.journeyId)]),
      [
        [1n, [3n]],
        [2n, [3n]],
        [4n, []],
        [3n, [1n]],
      ],
    );
  });
});
