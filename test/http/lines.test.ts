/** Traces as JSON lines. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { renderEventJson } from "../../src/client/event-json.js";
import { eventReader } from "../../src/client/events.js";
import { IpftraceError } from "../../src/errors.js";
import { TracedCall } from "../service/live-server.js";
import { HttpServer, LineStream } from "./http-client.js";

const timeout = 20_000;
const TRACE = "/ipftrace.v1.TraceService/Trace";

describe("a trace in JSON lines", { timeout }, () => {
  it("has what the client library makes of the same messages", async (test) => {
    const server = await HttpServer.start(test);
    const next = server.live.collector.nextTrace();
    const stream = await server.trace();
    const trace = await next;
    // One trace, two clients.
    const call = new TracedCall(server.live.client());
    await call.received(1);
    trace.send([1, 2]);
    trace.send([3], 100);
    await stream.received(4);
    await call.received(3);
    const reader = eventReader();
    const lines = call.responses.flatMap((response) => reader.read(response)).map((event) => renderEventJson(event));
    assert.deepEqual(
      stream.lines.slice(1, 4).map((line) => `${line}\n`),
      lines.slice(1, 4),
    );
    const started = (line: string | undefined) => {
      const { traceId, clock, ...others } = JSON.parse(line ?? "");
      return [typeof traceId, Object.keys(clock), others];
    };
    assert.deepEqual(started(stream.lines[0]), started(lines[0]));
    assert.deepEqual(stream.kinds, ["started", "journey", "journey", "journey"]);
    assert.equal(stream.answer.headers["content-type"], "application/jsonl");
  });

  it("ends with the account when it is stopped", async (test) => {
    const server = await HttpServer.start(test);
    const stream = await server.trace();
    const [{ traceId }] = stream.objects;
    const stopped = await server.ask("/ipftrace.v1.TraceService/StopTrace", { body: JSON.stringify({ traceId }) });
    assert.deepEqual([stopped.status, stopped.text], [200, "{}"]);
    await stream.ended;
    const [, ended] = stream.objects;
    assert.deepEqual([stream.kinds, ended.reason], [["started", "ended"], "STOPPED"]);
    assert.equal(stream.answer.complete, true);
  });

  it("is called by its older name for whoever asks for that", async (test) => {
    const server = await HttpServer.start(test);
    const headers = { "content-type": "application/json", accept: "application/x-ndjson" };
    const answer = await server.ask(TRACE, { headers, body: '{"options":{"durationMs":1}}' });
    assert.equal(answer.headers["content-type"], "application/x-ndjson");
  });

  it("that fails before it runs has an HTTP status", async (test) => {
    const server = await HttpServer.start(test);
    server.live.collector.startError = IpftraceError.overLimit("max_traces", "all are taken");
    const stream = await LineStream.open(server.place, {});
    await stream.ended;
    assert.equal(stream.answer.statusCode, 429);
    assert.equal(stream.answer.headers["retry-after"], "5");
    const [error] = stream.objects;
    assert.equal(error.code, "resource_exhausted");
    const debug = error.details.map(({ type, debug }: { type: string; debug: object }) => [type, debug]);
    assert.deepEqual(debug, [
      ["google.rpc.QuotaFailure", { violations: [{ subject: "max_traces", description: "all are taken" }] }],
      ["google.rpc.RetryInfo", { retryDelay: "5s" }],
      ["google.rpc.ErrorInfo", { reason: "LIMIT_REACHED", domain: "ipftrace" }],
    ]);
  });

  it("that fails while it runs has an error as its last line", async (test) => {
    const server = await HttpServer.start(test);
    const next = server.live.collector.nextTrace();
    const stream = await server.trace();
    const trace = await next;
    trace.events.failed(new Error("the ring broke"));
    await stream.ended;
    assert.deepEqual(stream.kinds, ["started", "ended", "error"]);
    const error = stream.objects.at(-1);
    assert.equal(error.code, "unavailable");
  });

  it("that takes longer than the caller gives ends", async (test) => {
    const server = await HttpServer.start(test);
    const next = server.live.collector.nextTrace();
    const headers = { "content-type": "application/json", "connect-timeout-ms": "200" };
    const answer = await server.ask(TRACE, { headers });
    const trace = await next;
    const last = JSON.parse(answer.text.trimEnd().split("\n").at(-1) ?? "");
    assert.deepEqual([last.event, last.code], ["error", "deadline_exceeded"]);
    await until(() => trace.stops === 1);
  });
});

/** A client that does not read what it is sent. */
async function unread(test: TestContext) {
  const server = await HttpServer.start(test);
  const next = server.live.collector.nextTrace();
  const stream = await server.trace();
  const trace = await next;
  stream.answer.pause();
  for (let id = 1; id <= 400; id++) trace.send([id], 10_000);
  return { server, stream, trace };
}

describe("clients that leave", { timeout }, () => {
  it("end their trace", async (test) => {
    const server = await HttpServer.start(test);
    const next = server.live.collector.nextTrace();
    const stream = await server.trace();
    const trace = await next;
    stream.request.destroy();
    await until(() => trace.stops === 1);
    await until(() => server.live.figures().subscribers === 0);
  });

  it("while the server waits for them to read end their trace, too", async (test) => {
    const { stream, trace } = await unread(test);
    await once(AbortSignal.timeout(100), "abort");
    stream.request.destroy();
    await until(() => trace.stops === 1);
    assert.ok(stream.lines.length < 400, "the server did have to wait");
  });

  it("while their trace is being attached take it back", async (test) => {
    const server = await HttpServer.start(test);
    let open = (): void => {};
    server.live.collector.gate = new Promise((resolve) => {
      open = resolve;
    });
    // Its head comes with the first message only: nothing has come yet.
    const stream = LineStream.open(server.place, {});
    const left = assert.rejects(stream);
    await until(() => server.live.figures().subscribers === 1);
    await server.door.stop();
    const next = server.live.collector.nextTrace();
    open();
    const trace = await next;
    await left;
    await until(() => trace.stops === 1);
  });
});

describe("a client that reads slowly", { timeout }, () => {
  it("loses journeys, and is told so by lines", async (test) => {
    const server = await HttpServer.start(test);
    const next = server.live.collector.nextTrace();
    const stream = await server.trace({ options: { queueBytes: "200000" } });
    const trace = await next;
    stream.answer.pause();
    const count = 500;
    for (let id = 1; id <= count; id++) {
      trace.send([id], 10_000);
      if (id % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const [{ traceId }] = stream.objects;
    const stopped = server.ask("/ipftrace.v1.TraceService/StopTrace", { body: JSON.stringify({ traceId }) });
    assert.equal((await stopped).status, 200);
    stream.answer.resume();
    await stream.ended;
    const { kinds, objects } = stream;
    assert.ok(kinds.includes("loss"), kinds.join());
    const { account } = objects.at(-1);
    const lost = account.lost.find(({ stage }: { stage: string }) => stage === "QUEUE");
    const journeys = kinds.filter((kind) => kind === "journey").length;
    assert.deepEqual(
      [account.seenEvents, account.deliveredEvents, Number(lost.totalLostEvents)],
      [String(count * 2), String(journeys * 2), (count - journeys) * 2],
    );
  });
});

describe("a server that stops", { timeout }, () => {
  it("ends the streams in good order, and takes no more", async (test) => {
    const server = await HttpServer.start(test);
    const stream = await server.trace();
    const stopping = Promise.all([server.door.stop(), server.live.stop()]);
    await stream.ended;
    assert.deepEqual(stream.kinds, ["started", "ended", "error"]);
    const [, ended, error] = stream.objects;
    assert.deepEqual([ended.reason, error.code], ["DRAINING", "unavailable"]);
    await stopping;
    await assert.rejects(server.ask(TRACE), { code: "ENOENT" });
  });

  it("cuts off whoever does not read", async (test) => {
    const { server, stream } = await unread(test);
    await Promise.all([server.door.stop(), server.live.stop()]);
    stream.answer.resume();
    await stream.ended;
    assert.equal(stream.answer.complete, false);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await once(AbortSignal.timeout(5), "abort");
}
