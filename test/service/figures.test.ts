import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Account, lossStageToJSON } from "../../src/gen/ipftrace/v1/loss.js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { NO_TOTALS } from "../../src/hub/account.js";
import type { FakeTrace } from "./fake-collector.js";
import { LiveServer, type TracedCall } from "./live-server.js";

const timeout = 20_000;

/** The account that a client was told at the end. */
function accountOf({ responses }: TracedCall): Account {
  const event = responses.at(-1)?.event;
  if (event?.$case !== "ended" || event.value.account === undefined) throw new Error("the stream has not ended");
  return event.value.account;
}

/** Ends a trace of which so many events matched, were filtered, and lost in the ring. */
async function finish([call, trace]: [TracedCall, FakeTrace], sent: number, filtered: number, lost: number) {
  trace.send(Array.from({ length: sent }, (_, id) => id + 1));
  const ring = { ...NO_TOTALS.lost.ring, events: lost };
  const seen = trace.totals.seen + filtered + lost;
  trace.totals = { ...trace.totals, seen, filtered, matched: sent, lost: { ...NO_TOTALS.lost, ring } };
  await call.stop();
}

describe("the server in numbers", { timeout }, () => {
  it("the sum of events is that of the clients' accounts, of those that have left, too", async (test) => {
    const server = await LiveServer.start(test);
    const calls = [];
    for (const [sent, filtered, lost] of [
      [3, 10, 0],
      [5, 0, 7],
      [0, 1, 2],
    ] as const) {
      const traced = await server.trace();
      await finish(traced, sent, filtered, lost);
      calls.push(traced[0]);
    }
    const [slow, trace] = await server.trace({
      options: TraceRequest.fromPartial({ options: { queueBytes: 4096n } }).options,
    });
    slow.call.pause();
    for (let id = 1; id <= 2000; id++) trace.send([id], 500);
    trace.events.totals(trace.totals);
    slow.call.resume();
    await slow.stop();
    const accounts = [...calls, slow].map(accountOf);
    const { events, subscribers, queuedBytes } = server.figures();
    const sum = (pick: (account: Account) => bigint): bigint => accounts.reduce((all, one) => all + pick(one), 0n);
    assert.deepEqual(
      [events.seen, events.filtered, events.delivered, events.journeys, events.hops, events.matchedPackets],
      [
        sum((one) => one.seenEvents),
        sum((one) => one.filteredEvents),
        sum((one) => one.deliveredEvents),
        sum((one) => one.deliveredJourneys),
        sum((one) => one.deliveredHops),
        sum((one) => one.matchedPackets),
      ],
    );
    const lost = new Map<string, bigint>();
    for (const { stage, totalLostEvents } of accounts.flatMap((one) => one.lost)) {
      const name = lossStageToJSON(stage).replace("LOSS_STAGE_", "").toLowerCase();
      lost.set(name, (lost.get(name) ?? 0n) + totalLostEvents);
    }
    assert.deepEqual(new Map([...events.lost].sort()), new Map([...lost].sort()));
    assert.ok((lost.get("queue") ?? 0n) > 0n, "the slow client lost something");
    const allLost = [...events.lost.values()].reduce((all, one) => all + one, 0n);
    assert.equal(events.seen, events.filtered + events.delivered + allLost);
    assert.deepEqual([subscribers, queuedBytes], [0, 0]);
  });

  it("tells what is going on", async (test) => {
    const server = await LiveServer.start(test);
    const [call, trace] = await server.trace();
    await call.received(1);
    assert.equal(server.figures().subscribers, 1);
    trace.send([1, 2]);
    await call.received(2);
    const { sentBatches, sentBytes, events } = server.figures();
    assert.deepEqual([sentBatches, events.journeys], [1, 2n]);
    assert.ok(sentBytes > 0);
  });
});
