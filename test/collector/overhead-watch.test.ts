import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { OverheadWatch } from "../../src/collector/overhead-watch.js";
import { IpftraceError } from "../../src/errors.js";

const SECOND_NS = 1_000_000_000n;

/** A watch in a time of the test's own. */
function watchOf(context: TestContext, maxCpuPercent = 0) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const state = { nowNs: 5n * SECOND_NS, measuring: 0, fails: false };
  const watch = new OverheadWatch(maxCpuPercent, {
    measure: () => {
      if (state.fails) throw new IpftraceError("NOT_PERMITTED", "not here");
      state.measuring++;
      return () => void state.measuring--;
    },
    nowNs: () => state.nowNs,
  });
  const traces: FakeTrace[] = [];
  const second = (): void => {
    state.nowNs += SECOND_NS;
    for (const trace of traces) trace.run();
    context.mock.timers.tick(1000);
  };
  return { watch, state, traces, second };
}

/** A trace whose programs cost the same every second. */
class FakeTrace {
  readonly percent: number;
  runTimeNs = 0n;
  told: string[] = [];

  constructor(percent: number) {
    this.percent = percent;
  }

  run(): void {
    this.runTimeNs += BigInt(this.percent * 1e7);
  }

  runs() {
    return { runTimeNs: this.runTimeNs, runs: this.runTimeNs / 100n };
  }

  followOneIn(conversations: number): void {
    this.told.push(`one in ${conversations}`);
  }

  changed(): void {
    this.told.push("changed");
  }

  overBudget(detail: string): void {
    this.told.push(detail);
  }
}

describe("the watch", () => {
  it("has the kernel measure only while a trace with a budget is there", (context) => {
    const { watch, state } = watchOf(context);
    assert.deepEqual([watch.watches(0), watch.watches(1)], [false, true]);
    watch.prepare(1);
    watch.prepare(2);
    watch.add(1, 5, new FakeTrace(0));
    assert.equal(state.measuring, 1);
    watch.remove(1);
    assert.equal(state.measuring, 1, "the other one is being attached");
    watch.remove(2);
    assert.equal(state.measuring, 0);
    watch.prepare(3);
    assert.equal(state.measuring, 1);
    watch.remove(3);
  });

  it("keeps measuring where all traces together have a budget", (context) => {
    const { watch, state } = watchOf(context, 50);
    assert.equal(watch.watches(0), true);
    watch.measure();
    watch.prepare(1);
    watch.remove(1);
    assert.equal(state.measuring, 1);
    watch.close();
    assert.equal(state.measuring, 0);
  });

  it("says why it cannot measure to each trace that asks", (context) => {
    const { watch, state } = watchOf(context);
    state.fails = true;
    assert.throws(() => watch.prepare(1), { code: "NOT_PERMITTED" });
    state.fails = false;
    watch.prepare(2);
    watch.remove(2);
  });

  it("tells what a trace costs, and nothing of one that has no budget", (context) => {
    const { watch, traces, second } = watchOf(context);
    const trace = new FakeTrace(8);
    traces.push(trace);
    watch.prepare(1);
    watch.add(1, 10, trace);
    second();
    second();
    assert.deepEqual(watch.overhead(1), {
      runTimeNs: 160_000_000n,
      runs: 1_600_000n,
      cpuPercent: 8,
      maxCpuPercent: 10,
      followedOneIn: 1,
    });
    assert.equal(watch.overhead(2), undefined);
    assert.deepEqual(trace.told, []);
    watch.remove(1);
    assert.equal(watch.overhead(1), undefined);
  });

  it("sheds, tells it, and ends a trace once that costs too much all the same", (context) => {
    const { watch, traces, second } = watchOf(context);
    const trace = new FakeTrace(30);
    traces.push(trace);
    watch.prepare(1);
    watch.add(1, 20, trace);
    for (let n = 0; n < 30; n++) second();
    const [first, news, ...rest] = trace.told;
    assert.deepEqual([first, news], ["one in 2", "changed"]);
    assert.deepEqual(rest.slice(-3, -1), ["one in 0", "changed"]);
    assert.match(rest.at(-1) ?? "", /cost 30\.0 % of one CPU though no packet is followed, and 20 % is the most/);
    assert.equal(watch.overhead(1)?.followedOneIn, 0);
    watch.remove(1);
  });
});
