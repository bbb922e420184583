import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type ServiceError, status } from "@grpc/grpc-js";
import { IpftraceError } from "../../src/errors.js";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import {
  CreateSessionRequest,
  type CreateSessionResponse,
  type DeleteSessionResponse,
  type FlushSessionResponse,
  type GetSessionResponse,
  type ListSessionsResponse,
  type Session,
  type SessionServiceClient,
  SessionState,
} from "../../src/gen/ipftrace/v1/session_service.js";
import { type SessionAttachment, TraceEndReason, TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import type { FakeTrace } from "./fake-collector.js";
import { LiveServer, statusOf, TracedCall } from "./live-server.js";

const timeout = 60_000;

/** A server with a session, and the client that made it. */
async function setUp(test: TestContext, request: Partial<CreateSessionRequest> = {}) {
  const server = await LiveServer.start(test, 2000, "@operator");
  const client = server.sessionClient();
  const next = server.collector.nextTrace();
  const created = await create(client, { name: "all", ...request });
  return { server, client, created, trace: await next };
}

/** The answer to a call that must not fail. */
function ask<T>(call: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

function create(client: SessionServiceClient, request: Partial<CreateSessionRequest>) {
  const message = { ...CreateSessionRequest.fromPartial({}), ...request };
  return ask<CreateSessionResponse>((done) => client.createSession(message, done));
}

async function get(client: SessionServiceClient, name = "all"): Promise<Session> {
  const { session } = await ask<GetSessionResponse>((done) => client.getSession({ name }, done));
  assert.ok(session !== undefined);
  return session;
}

async function remove(client: SessionServiceClient, name = "all"): Promise<Session | undefined> {
  const { session } = await ask<DeleteSessionResponse>((done) => client.deleteSession({ name }, done));
  return session;
}

function attach(server: LiveServer, start?: SessionAttachment["start"], more: Partial<SessionAttachment> = {}) {
  const session = { sessionName: "all", start, historyOnly: false, ...more };
  return new TracedCall(server.client(), { ...TraceRequest.fromPartial({}), session });
}

/** What the history has by now. */
async function history(server: LiveServer, start: SessionAttachment["start"]): Promise<TracedCall> {
  const call = attach(server, start, { historyOnly: true });
  assert.equal((await call.ended).code, status.OK);
  return call;
}

function endOf(call: TracedCall) {
  const last = call.responses.at(-1)?.event;
  assert.ok(last?.$case === "ended");
  return last.value;
}

/** Fails unless every event of the account went somewhere; how many were lost at a stage. */
function lostAt(call: TracedCall, stage: LossStage): number {
  const { account } = endOf(call);
  assert.ok(account !== undefined);
  const lost = account.lost.reduce((sum, { totalLostEvents }) => sum + totalLostEvents, 0n);
  assert.equal(account.seenEvents, account.filteredEvents + account.deliveredEvents + lost);
  return Number(account.lost.find((one) => one.stage === stage)?.totalLostEvents ?? 0);
}

const oldest = { $case: "oldest", value: true } as const;

describe("a session", { timeout }, () => {
  it("traces without a client, keeps what was delivered, and tells of itself", async (test) => {
    const { client, created, trace } = await setUp(test);
    assert.equal(created.started?.sessionName, "all");
    assert.equal(created.started?.functions.length, 1);
    trace.send([1, 2]);
    trace.send([3]);
    trace.events.totals({ ...trace.totals, seen: 20, filtered: 14 });
    const session = await get(client);
    assert.equal(session.state, SessionState.SESSION_STATE_RUNNING);
    assert.equal(session.historyState?.journeys, 3n);
    assert.equal(session.history?.maxBytes, 16n * 1024n * 1024n);
    assert.equal(session.trace?.options?.maxHops, 128);
    assert.deepEqual([session.account?.seenEvents, session.account?.deliveredEvents], [20n, 6n]);
    assert.ok((session.historyState?.oldestTimeNs ?? 0n) >= session.createTimeNs);
  });

  it("is listed by name, until it is deleted", async (test) => {
    const { client, trace } = await setUp(test);
    await create(client, { name: "a.first-one" });
    const list = async () => {
      const { sessions } = await ask<ListSessionsResponse>((done) => client.listSessions({}, done));
      return sessions.map(({ name }) => name);
    };
    assert.deepEqual(await list(), ["a.first-one", "all"]);
    await remove(client);
    assert.deepEqual(await list(), ["a.first-one"]);
    assert.equal(trace.stops, 0, "the other session has the same trace");
    await remove(client, "a.first-one");
    assert.equal(trace.stops, 1);
    const { code } = await statusOf((done) => client.getSession({ name: "all" }, done));
    assert.equal(code, status.NOT_FOUND);
  });

  const bad: [what: string, request: Partial<CreateSessionRequest>, code: status, words: RegExp][] = [
    ["a name with a capital", { name: "All" }, status.INVALID_ARGUMENT, /name: "All" is not a name of a session/],
    ["no name", { name: "" }, status.INVALID_ARGUMENT, /name: ""/],
    ["a name that is taken", { name: "all" }, status.ALREADY_EXISTS, /there is a session "all"/],
    [
      "a bad trace",
      { name: "b", trace: TraceRequest.fromPartial({ functionRegex: "x".repeat(600) }) },
      status.INVALID_ARGUMENT,
      /trace\.function_regex: has 600/,
    ],
    [
      "a session of a session",
      { name: "b", trace: TraceRequest.fromPartial({ session: { sessionName: "all" } }) },
      status.INVALID_ARGUMENT,
      /trace\.session/,
    ],
    [
      "a queue",
      { name: "b", trace: TraceRequest.fromPartial({ options: { queueBytes: 5n } }) },
      status.INVALID_ARGUMENT,
      /trace\.options\.queue_bytes/,
    ],
    [
      "too small a history",
      { name: "b", history: { maxBytes: 1n, maxAgeMs: 0 } },
      status.INVALID_ARGUMENT,
      /history\.max_bytes: 1 is not in 131072-268435456/,
    ],
    ["too many large histories", { name: "b", history: { maxBytes: 268_435_456n, maxAgeMs: 0 } }, status.OK, /^$/],
  ];
  it("is refused with what is wrong", async (test) => {
    const { client } = await setUp(test);
    for (const [what, request, code, words] of bad) {
      const message = { ...CreateSessionRequest.fromPartial({}), ...request };
      const answer = await statusOf((done) => client.createSession(message, done));
      assert.equal(answer.code, code, `${what}: ${answer.details}`);
      assert.match(answer.details, words, what);
    }
  });

  it("is refused beyond the limits of all of them", async (test) => {
    const { client } = await setUp(test);
    const large = { history: { maxBytes: 268_435_456n, maxAgeMs: 0 } };
    for (const name of ["b", "c", "d"]) await create(client, { name, ...large });
    const message = { ...CreateSessionRequest.fromPartial({}), name: "e", ...large };
    const answer = await statusOf((done) => client.createSession(message, done));
    assert.equal(answer.code, status.RESOURCE_EXHAUSTED);
    assert.match(answer.details, /max_total_history_bytes/);
  });

  it("ends by its own limit, and can still be read", async (test) => {
    const { server, client, trace } = await setUp(test, {
      trace: TraceRequest.fromPartial({ options: { maxJourneys: 2n } }),
    });
    const live = attach(server);
    await live.received(1);
    trace.send([1, 2, 3]);
    assert.equal((await live.ended).code, status.OK);
    assert.deepEqual(live.journeyIds, [1, 2]);
    assert.equal(endOf(live).reason, TraceEndReason.TRACE_END_REASON_LIMIT);
    const session = await get(client);
    assert.equal(session.state, SessionState.SESSION_STATE_ENDED);
    assert.equal(session.endReason, TraceEndReason.TRACE_END_REASON_LIMIT);
    assert.deepEqual((await history(server, oldest)).journeyIds, [1, 2]);
    assert.equal(trace.stops, 1);
  });

  it("that fails says so to its readers, and to who asks", async (test) => {
    const { server, client, trace } = await setUp(test);
    const live = attach(server);
    await live.received(1);
    trace.send([1]);
    trace.events.failed(new IpftraceError("UNAVAILABLE", "boom"));
    assert.equal((await live.ended).code, status.UNAVAILABLE);
    assert.deepEqual(live.journeyIds, [1]);
    const session = await get(client);
    assert.deepEqual([session.endReason, session.endDetail], [TraceEndReason.TRACE_END_REASON_FAILED, "boom"]);
  });

  it("whose trace costs too much ends with that reason, for its readers too, and can still be read", async (test) => {
    const { server, client, trace } = await setUp(test);
    const reader = attach(server, oldest);
    trace.send([1]);
    await reader.received(2);
    trace.events.overBudget("7 %");
    assert.equal((await reader.ended).code, status.RESOURCE_EXHAUSTED);
    assert.equal(endOf(reader).reason, TraceEndReason.TRACE_END_REASON_OVER_BUDGET);
    assert.equal(endOf(reader).detail, "7 %");
    assert.equal((await get(client)).state, SessionState.SESSION_STATE_ENDED);
    assert.deepEqual((await history(server, oldest)).journeyIds, [1]);
  });

  it("is flushed when every journey that had begun is in the history, or it takes too long", async (test) => {
    const { server, client, trace } = await setUp(test);
    trace.flushing = new Promise(() => {});
    const late = await statusOf((done) => client.flushSession({ name: "all", timeoutMs: 20 }, done));
    assert.equal(late.code, status.DEADLINE_EXCEEDED);
    trace.flushing = Promise.resolve();
    trace.send([1]);
    const flushed = await ask<FlushSessionResponse>((done) => client.flushSession({ name: "all", timeoutMs: 0 }, done));
    trace.send([2]);
    const after = await history(server, { $case: "resumeToken", value: flushed.resumeToken });
    assert.deepEqual(after.journeyIds, [2]);
  });
});

describe("reading a session", { timeout }, () => {
  it("from the oldest, the last so many, a moment or now", async (test) => {
    const { server, trace } = await setUp(test);
    trace.send([1, 2]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const sinceNs = BigInt(Date.now()) * 1_000_000n;
    trace.send([3]);
    const starts: [SessionAttachment["start"], number[]][] = [
      [oldest, [1, 2, 3]],
      [{ $case: "lastJourneys", value: 2 }, [2, 3]],
      [{ $case: "lastJourneys", value: 99 }, [1, 2, 3]],
      [{ $case: "sinceTimeNs", value: sinceNs }, [3]],
      [undefined, []],
    ];
    for (const [start, expected] of starts) {
      const call = await history(server, start);
      assert.deepEqual(call.journeyIds, expected, start?.$case);
      assert.equal(endOf(call).reason, TraceEndReason.TRACE_END_REASON_END_OF_HISTORY);
      assert.equal(lostAt(call, LossStage.LOSS_STAGE_HISTORY), 0);
      assert.equal(endOf(call).account?.deliveredEvents, BigInt(expected.length * 2));
    }
  });

  it("goes on with what comes, and is told of names before", async (test) => {
    const { server, trace } = await setUp(test);
    trace.events.dictionary({ interfaces: [{ netns: 1, ifindex: 9, name: "eth9" }], stacks: [] });
    trace.send([1]);
    const call = attach(server, oldest);
    await call.received(3);
    trace.events.dictionary({ interfaces: [{ netns: 1, ifindex: 10, name: "eth10" }], stacks: [] });
    trace.send([2]);
    await call.received(5);
    assert.deepEqual(call.kinds, ["started", "dictionary", "batch", "dictionary", "batch"]);
    assert.deepEqual(call.journeyIds, [1, 2]);
  });

  it("resumes after a cut connection: nothing is missing, nothing comes twice, losses are told", async (test) => {
    const { server, trace } = await setUp(test);
    const { client, cut } = await server.fragileClient();
    const session = { sessionName: "all", start: undefined, historyOnly: false };
    const first = new TracedCall(client, { ...TraceRequest.fromPartial({}), session });
    await first.received(1);
    trace.send([1, 2]);
    await first.received(2);
    cut();
    assert.equal((await first.ended).code, status.UNAVAILABLE);
    trace.send([3]);
    trace.events.totals({ ...withRingLoss(trace, 5), seen: trace.totals.seen + 5 });
    trace.send([4]);
    const value = first.responses.at(-1)?.resumeToken as Buffer;
    const second = await history(server, { $case: "resumeToken", value });
    assert.deepEqual([...first.journeyIds, ...second.journeyIds], [1, 2, 3, 4]);
    assert.equal(lostAt(second, LossStage.LOSS_STAGE_RING), 5);
  });

  it("with a token of something else is OUT_OF_RANGE; what was forgotten is told as a loss", async (test) => {
    const { server, client, trace } = await setUp(test, { history: { maxBytes: 131_072n, maxAgeMs: 0 } });
    const start = await history(server, undefined);
    const token = { $case: "resumeToken", value: start.responses[0]?.resumeToken as Buffer } as const;
    for (let id = 1; id <= 10; id++) trace.send([id], 30_000);
    const late = await history(server, token);
    assert.deepEqual(late.journeyIds, [7, 8, 9, 10]);
    assert.equal(lostAt(late, LossStage.LOSS_STAGE_HISTORY), 12);
    assert.ok(late.kinds.includes("loss"));
    await remove(client);
    await create(client, { name: "all" });
    const foreign = attach(server, token);
    const { code, details } = await foreign.ended;
    assert.equal(code, status.OUT_OF_RANGE);
    assert.match(details, /begin with the oldest/);
  });

  it("slowly loses what the history forgets, or ends there, as asked", async (test) => {
    const { server, trace } = await setUp(test, { history: { maxBytes: 131_072n, maxAgeMs: 0 } });
    const slow = attach(server);
    const strict = new TracedCall(server.client(), {
      ...TraceRequest.fromPartial({ options: { overflowPolicy: 3 } }),
      session: { sessionName: "all", start: undefined, historyOnly: false },
    });
    await Promise.all([slow.received(1), strict.received(1)]);
    for (const { call } of [slow, strict]) call.pause();
    for (let id = 1; id <= 200; id++) {
      trace.send([id], 30_000);
      if (id % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const stopped = slow.stop();
    for (const { call } of [slow, strict]) call.resume();
    assert.equal((await strict.ended).code, status.RESOURCE_EXHAUSTED);
    assert.equal((await stopped).code, status.OK);
    assert.ok(lostAt(slow, LossStage.LOSS_STAGE_HISTORY) > 0);
    assert.deepEqual(slow.journeyIds, [...new Set(slow.journeyIds)]);
  });

  it("takes no part of a trace's own request", async (test) => {
    const { server } = await setUp(test);
    const call = new TracedCall(server.client(), {
      ...TraceRequest.fromPartial({
        moduleNames: ["gso"],
        functionRegex: "ip",
        options: { maxHops: 3, maxJourneys: 1n },
      }),
      filter: { ...TraceRequest.fromPartial({ filter: { minHops: 2 } }).filter } as never,
      session: { sessionName: "all", start: { $case: "lastJourneys", value: 0 }, historyOnly: false },
    });
    const { code, details } = await call.ended;
    assert.equal(code, status.INVALID_ARGUMENT);
    for (const field of ["filter", "module_names", "function_regex", "options.max_hops", "session.last_journeys"]) {
      assert.match(details, new RegExp(`${field.replace(".", "\\.")}: `));
    }
    assert.doesNotMatch(details, /max_journeys/);
  });

  it("of a name that nobody has is NOT_FOUND", async (test) => {
    const server = await LiveServer.start(test);
    assert.equal((await attach(server).ended).code, status.NOT_FOUND);
  });

  it("ends with what is left when it is deleted", async (test) => {
    const { server, client, trace } = await setUp(test);
    const call = attach(server, oldest);
    await call.received(1);
    trace.onStop = () => trace.send([9]);
    const session = await remove(client);
    assert.equal((await call.ended).code, status.OK);
    assert.deepEqual(call.journeyIds, [9]);
    assert.equal(endOf(call).reason, TraceEndReason.TRACE_END_REASON_SESSION_DELETED);
    assert.equal(session?.account?.deliveredEvents, 2n);
  });
});

function withRingLoss(trace: FakeTrace, events: number) {
  const { lost } = trace.totals;
  return { ...trace.totals, lost: { ...lost, ring: { events, firstNs: 1n, lastNs: 2n } } };
}
