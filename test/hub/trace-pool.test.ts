import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { EncodedBatch, TraceSpec } from "../../src/collector/messages.js";
import { IpftraceError } from "../../src/errors.js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import type { Subscriber } from "../../src/hub/shared-trace.js";
import { TracePool } from "../../src/hub/trace-pool.js";
import { checkRequest } from "../../src/service/request.js";
import { wantedTrace } from "../../src/service/wanted.js";
import { FakeCollector, type FakeTrace } from "../service/fake-collector.js";
import { idsOf } from "./batches.js";

const spec = checkRequest(TraceRequest.fromPartial({})).spec;
const wanted = wantedTrace(spec);

/** Somebody who writes down what is told. */
class Listener implements Subscriber {
  readonly ids: number[] = [];
  readonly told: string[] = [];
  progress(): void {
    this.told.push("progress");
  }
  batch(batch: EncodedBatch): void {
    this.ids.push(...idsOf(batch));
  }
  dictionary(): void {
    this.told.push("dictionary");
  }
  totals(): void {}
  overBudget(detail: string): void {
    this.told.push(`over budget: ${detail}`);
  }
  failed(error: Error): void {
    this.told.push(error.message);
  }
}

function setUp(limits: Partial<ConstructorParameters<typeof TracePool>[1]> = {}) {
  const collector = new FakeCollector();
  const pool = new TracePool((one, events) => collector.start(one, events), {
    maxTraces: 4,
    maxTotalRingBytes: 1e9,
    graceMs: 0,
    ...limits,
  });
  return { collector, pool };
}

/** Lets everything happen that is due. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function joinAll(pool: TracePool, count: number) {
  const joined = Array.from({ length: count }, () => {
    const listener = new Listener();
    return { listener, place: pool.enter(wanted, listener) };
  });
  for (const { place } of joined) await place.joined;
  return joined;
}

describe("sharing", () => {
  it("those who ask for the same get one trace, and each everything", async () => {
    const { collector, pool } = setUp();
    const joined = await joinAll(pool, 64);
    assert.equal(collector.traces.length, 1);
    collector.traces[0]?.send([1, 2]);
    for (const { listener } of joined) assert.deepEqual(listener.ids, [1, 2]);
  });

  it("whatever the collector is told makes a difference, and what it is not told makes none", () => {
    const keyOf = (request: Partial<TraceRequest>) =>
      wantedTrace(checkRequest({ ...TraceRequest.fromPartial({}), ...request }).spec).key;
    const requests = [
      {},
      { options: { maxHops: 9 } },
      { options: { batchDelayMs: 9 } },
      { options: { maxPacketsPerSecond: 9 } },
      { options: { maxCpuPercent: 9 } },
      { filter: { allow: [{ l4Protocols: [6] }] } },
      { filter: { deny: [{ l4Protocols: [6] }] } },
      { filter: { allow: [{ sourceIpv4: ["10.0.0.1"] }] } },
      { filter: { allow: [{ sourceIpv4: ["10.0.0.2"] }] } },
      { filter: { minHops: 2 } },
      { functionRegex: "ip" },
      { moduleNames: ["gso"] },
      { manifestSource: { $case: "manifestName", value: "tcp" } },
    ].map((one) => TraceRequest.fromPartial(one as Partial<TraceRequest>));
    const keys = requests.map(keyOf);
    assert.equal(new Set(keys).size, requests.length);
    assert.deepEqual(requests.map(keyOf), keys);
    const delivery = {
      queueBytes: 1_000_000n,
      maxJourneys: 3n,
      sampleOneIn: 4,
      maxJourneysPerSecond: 5,
      durationMs: 6,
    };
    assert.equal(keyOf(TraceRequest.fromPartial({ options: delivery })), keys[0]);
  });

  it("one that costs too much is stopped at once, for all, and takes nobody any more", async () => {
    const { collector, pool } = setUp();
    const joined = await joinAll(pool, 3);
    const [trace] = collector.traces;
    assert.ok(trace !== undefined);
    trace.onStop = () => trace.send([9]);
    trace.totals = { ...trace.totals, seen: 5 };
    trace.events.overBudget("7 %");
    pool.enter(wanted, new Listener()).joined.catch(() => {});
    await settle();
    assert.equal(collector.traces.length, 2, "who comes later gets a trace of its own");
    for (const { listener, place } of joined) {
      assert.equal((await place.leave()).seen, 7);
      assert.deepEqual(listener.told, ["over budget: 7 %"]);
      assert.deepEqual(listener.ids, [9], "what was open when it was stopped");
    }
    assert.equal(trace.stops, 1);
  });

  it("who comes later gets what comes from then on, and what names stand for", async () => {
    const { collector, pool } = setUp();
    await joinAll(pool, 1);
    const trace = collector.traces[0] as FakeTrace;
    trace.events.dictionary({ interfaces: [{ netns: 1, ifindex: 2, name: "old" }], stacks: [] });
    trace.events.dictionary({ interfaces: [{ netns: 1, ifindex: 2, name: "eth0" }], stacks: [] });
    trace.send([1]);
    trace.totals = { ...trace.totals, seen: 10, filtered: 7 };
    const late = new Listener();
    const { joined } = pool.enter(wanted, late);
    const { baseline, dictionary } = await joined;
    assert.equal(baseline.deliveredEvents, 2);
    assert.equal(baseline.totals.filtered, 7);
    assert.deepEqual(dictionary.interfaces, [{ netns: 1, ifindex: 2, name: "eth0" }]);
    trace.send([2]);
    assert.deepEqual(late.ids, [2]);
  });

  it("a trace that cannot be started is told to all, and not kept", async () => {
    const { collector, pool } = setUp();
    collector.startError = new IpftraceError("KERNEL_UNSUPPORTED", "no");
    const places = [pool.enter(wanted, new Listener()), pool.enter(wanted, new Listener())];
    for (const { joined } of places) await assert.rejects(joined, collector.startError);
    await settle();
    assert.equal(pool.size, 0);
    collector.startError = undefined;
    await joinAll(pool, 1);
    assert.equal(collector.traces.length, 1);
  });

  it("one that fails is told to all, and the next who asks gets a new one", async () => {
    const { collector, pool } = setUp();
    const [first, second] = await joinAll(pool, 2);
    collector.traces[0]?.events.failed(new Error("boom"));
    assert.deepEqual([first?.listener.told, second?.listener.told], [["boom"], ["boom"]]);
    await joinAll(pool, 1);
    assert.equal(collector.traces.length, 2);
  });
});

describe("leaving", () => {
  it("while others stay tells what is open, and the trace goes on", async () => {
    const { collector, pool } = setUp();
    const [leaver, stayer] = await joinAll(pool, 2);
    const trace = collector.traces[0] as FakeTrace;
    trace.send([1]);
    trace.open = [2];
    const totals = await leaver?.place.leave();
    assert.equal(totals?.seen, 4);
    trace.send([3]);
    assert.deepEqual(
      [leaver?.listener.ids, stayer?.listener.ids],
      [
        [1, 2],
        [1, 3],
      ],
    );
    assert.deepEqual([trace.snapshots, trace.stops], [1, 0]);
  });

  it("by the last one ends the trace at once, whatever the grace", async () => {
    const { collector, pool } = setUp({ graceMs: 1e6 });
    const [only] = await joinAll(pool, 1);
    await only?.place.leave();
    assert.equal(collector.traces[0]?.stops, 1);
    assert.equal(pool.size, 0);
  });

  it("in the moment when somebody comes leaves the trace to them", async () => {
    const { collector, pool } = setUp();
    const [only] = await joinAll(pool, 1);
    const leaving = only?.place.leave();
    const late = pool.enter(wanted, new Listener());
    await Promise.all([leaving, late.joined]);
    assert.deepEqual([collector.traces.length, collector.traces[0]?.stops], [1, 0]);
  });

  it("by nobody: who waits to come in when the server ends is turned away", async () => {
    const { collector, pool } = setUp();
    await joinAll(pool, 1);
    const trace = collector.traces[0] as FakeTrace;
    // Its answer does not come.
    trace.events.totals = () => {};
    const { joined } = pool.enter(wanted, new Listener());
    await Promise.all([assert.rejects(joined, /the trace has just ended/), pool.close()]);
  });

  it("by all at the same time ends it, too", async () => {
    const { collector, pool } = setUp();
    const joined = await joinAll(pool, 3);
    await Promise.all(joined.map(({ place }) => place.leave()));
    assert.equal(collector.traces[0]?.stops, 1);
    assert.equal(pool.size, 0);
  });

  it("of a client that vanished waits for the grace, in which it may come back", async (test: TestContext) => {
    test.mock.timers.enable({ apis: ["setTimeout"] });
    const { collector, pool } = setUp({ graceMs: 1000 });
    const [gone] = await joinAll(pool, 1);
    gone?.place.abandon();
    test.mock.timers.tick(999);
    const [back] = await joinAll(pool, 1);
    test.mock.timers.tick(5000);
    assert.deepEqual([collector.traces.length, collector.traces[0]?.stops], [1, 0]);
    back?.place.abandon();
    test.mock.timers.tick(1000);
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(collector.traces[0]?.stops, 1);
  });

  it("while it is being attached takes it back as soon as it stands", async () => {
    const { collector, pool } = setUp();
    let open = (): void => {};
    collector.gate = new Promise((resolve) => {
      open = resolve;
    });
    const place = pool.enter(wanted, new Listener());
    place.abandon();
    open();
    await place.joined;
    await settle();
    assert.equal(collector.traces[0]?.stops, 1);
    assert.equal(pool.size, 0);
  });
});

describe("limits", () => {
  const other = (maxHops: number): TraceSpec => ({ ...spec, maxHops });
  const refused = (subject: string) => (error: unknown) =>
    error instanceof IpftraceError && error.code === "LIMIT_REACHED" && error.quota?.subject === subject;

  it("of traces: those that share one count once", async () => {
    const { pool } = setUp({ maxTraces: 2 });
    await joinAll(pool, 5);
    await pool.enter(wantedTrace(other(1)), new Listener()).joined;
    assert.throws(() => pool.enter(wantedTrace(other(2)), new Listener()), refused("max_traces"));
  });

  it("of all rings", async () => {
    const { pool } = setUp({ maxTotalRingBytes: spec.ringBytes * 2 - 1 });
    const [only] = await joinAll(pool, 1);
    const refusedOne = () => pool.enter(wantedTrace(other(1)), new Listener());
    assert.throws(refusedOne, refused("max_total_ring_bytes"));
    await only?.place.leave();
    await refusedOne().joined;
  });
});
