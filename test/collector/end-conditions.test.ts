import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type EndConditions, testOfJourneys } from "../../src/collector/end-conditions.js";
import { IpftraceError } from "../../src/errors.js";
import { fill, makeSlab, type SlotFields } from "../encode/slots.js";
import { everyJourney } from "../helpers/every-journey.js";

const names = {
  dropReasons: [
    [2, "NOT_SPECIFIED"],
    [3, "NO_SOCKET"],
  ] as const,
  functions: [
    [1, "ip_rcv"],
    [2, "tracepoint:netif_rx"],
  ] as const,
};
const [DROPPED, CONSUMED] = [2, 3];
/** A packet that found no socket: two hops in 500 ns. */
const drop: SlotFields = {
  startNs: 1000,
  lastNs: 1500,
  endReason: DROPPED,
  dropReason: 3,
  hops: [
    { ns: 1000, functionId: 2 },
    { ns: 1400, functionId: 1 },
  ],
};

const cases: [what: string, asked: Partial<EndConditions>, journey: SlotFields, wanted: boolean][] = [
  ["a drop is dropped", { dropped: true }, drop, true],
  ["what is consumed is not", { dropped: true }, { ...drop, endReason: CONSUMED }, false],
  ["a drop for its reason", { dropReasons: ["NO_SOCKET"] }, drop, true],
  ["in any case", { dropReasons: ["no_socket"] }, drop, true],
  ["with the kernel's prefix", { dropReasons: ["SKB_DROP_REASON_NO_SOCKET"] }, drop, true],
  ["for another reason", { dropReasons: ["NOT_SPECIFIED"] }, drop, false],
  ["for either reason", { dropReasons: ["NOT_SPECIFIED", "NO_SOCKET"] }, drop, true],
  ["no drop, whatever is left in its reason", { dropReasons: ["NO_SOCKET"] }, { ...drop, endReason: CONSUMED }, false],
  ["exactly as long", { minDurationNs: 500n }, drop, true],
  ["too short by 1 ns", { minDurationNs: 501n }, drop, false],
  ["just enough hops", { minHops: 2 }, drop, true],
  ["a hop too few", { minHops: 3 }, drop, false],
  ["just few enough hops", { maxHops: 2 }, drop, true],
  ["a hop too many", { maxHops: 1 }, drop, false],
  ["passed a function", { passedFunctions: ["ip_rcv"] }, drop, true],
  ["passed one of two", { passedFunctions: ["ip_rcv", "tracepoint:netif_rx"] }, drop, true],
  ["did not pass it", { passedFunctions: ["ip_rcv"] }, { ...drop, hops: [{ ns: 1000, functionId: 2 }] }, false],
  ["without hops nothing is passed", { passedFunctions: ["ip_rcv"] }, { ...drop, hops: [] }, false],
  ["all conditions hold", { dropped: true, minHops: 2, passedFunctions: ["ip_rcv"] }, drop, true],
  ["one of them does not", { dropped: true, minHops: 2, minDurationNs: 501n }, drop, false],
];

describe("testOfJourneys", () => {
  for (const [what, asked, journey, wanted] of cases) {
    it(`${what}: ${wanted ? "sent" : "left out"}`, () => {
      const test = testOfJourneys({ ...everyJourney, ...asked }, names);
      assert.ok(test !== undefined);
      const slab = makeSlab();
      fill(slab, { hops: [{ ns: 0, functionId: 1 }] });
      assert.equal(test(slab, fill(slab, journey)), wanted);
    });
  }

  it("is nothing when nothing is asked", () => assert.equal(testOfJourneys(everyJourney, names), undefined));

  it("tells every name that is not known, with the nearest", () => {
    const asked = { ...everyJourney, dropReasons: ["NO_SOCKET", "NO_SOKET"], passedFunctions: ["ip_rvc", "nothing"] };
    assert.throws(
      () => testOfJourneys(asked, names),
      (error) => {
        assert.ok(error instanceof IpftraceError && error.code === "INVALID_INPUT");
        const [reason, near, far, ...more] = error.violations;
        assert.equal(reason?.field, "filter.drop_reasons[1]");
        assert.match(reason?.description ?? "", /"NO_SOKET" is not a drop reason .*did you mean "NO_SOCKET"/);
        assert.equal(near?.field, "filter.passed_functions[0]");
        assert.match(near?.description ?? "", /did you mean "ip_rcv"/);
        assert.match(far?.description ?? "", /"nothing" is not a function that this trace attaches to: ExplainTrace/);
        assert.deepEqual(more, []);
        return true;
      },
    );
  });

  it("says so where the kernel tells no reasons", () => {
    assert.throws(
      () => testOfJourneys({ ...everyJourney, dropReasons: ["NO_SOCKET"] }, { ...names, dropReasons: [] }),
      (error) => error instanceof IpftraceError && error.code === "KERNEL_UNSUPPORTED" && /5\.17/.test(error.message),
    );
    assert.ok(testOfJourneys({ ...everyJourney, dropped: true }, { ...names, dropReasons: [] }) !== undefined);
  });
});
