import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { Session, type SessionReader } from "../../src/hub/session.js";
import { TracePool } from "../../src/hub/trace-pool.js";
import { checkRequest } from "../../src/service/request.js";
import { wantedTrace } from "../../src/service/wanted.js";
import { FakeCollector } from "../service/fake-collector.js";

const reader: SessionReader = { wake: () => {}, noted: () => {}, dictionary: () => {}, over: () => {} };

/** A session that expires when nobody reads it for so long, on a clock of the test's. */
async function setUp(test: TestContext, expireAfterMs: number) {
  test.mock.timers.enable({ apis: ["setTimeout"] });
  const collector = new FakeCollector();
  const limits = { maxTraces: 1, maxTotalRingBytes: 1e9, graceMs: 0 };
  const pool = new TracePool((spec, events) => collector.start(spec, events), limits);
  let expired = 0;
  const session = await Session.start(pool, wantedTrace(checkRequest(TraceRequest.fromPartial({})).spec), {
    name: "one",
    id: 1n,
    history: { maxBytes: 1e6, maxAgeMs: 0 },
    durationMs: 0,
    maxJourneys: 0,
    maxJourneysPerSecond: 0,
    sampleOneIn: 1,
    expireAfterMs,
    onExpired: () => expired++,
  });
  return { session, expired: () => expired, pass: (ms: number) => test.mock.timers.tick(ms) };
}

describe("a session that nobody reads", () => {
  it("expires after the time that it was given, from its start or its last reader on", async (test) => {
    const { session, expired, pass } = await setUp(test, 1000);
    pass(999);
    session.attach(reader);
    pass(5000);
    assert.equal(expired(), 0);
    session.detach(reader);
    pass(999);
    assert.equal(expired(), 0);
    pass(1);
    assert.equal(expired(), 1);
  });

  it("stays when it was given none", async (test) => {
    const { expired, pass } = await setUp(test, 0);
    pass(1e9);
    assert.equal(expired(), 0);
  });
});
