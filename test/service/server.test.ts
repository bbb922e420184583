import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import { IpftraceError } from "../../src/errors.js";
import { TraceableFunction } from "../../src/gen/ipftrace/v1/manifest.js";
import {
  type GetNodeResponse,
  ListFunctionsRequest,
  type ListFunctionsResponse,
  TraceEndReason,
  TraceRequest,
} from "../../src/gen/ipftrace/v1/trace_service.js";
import { makeLogger } from "../../src/log.js";
import { defaultLimits as limits } from "../../src/service/limits.js";
import { parseListenAddress } from "../../src/service/listen.js";
import { startServer } from "../../src/service/server.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { FakeCollector } from "./fake-collector.js";
import { LiveServer, statusOf, TracedCall } from "./live-server.js";

const timeout = 20_000;

describe("Trace", { timeout }, () => {
  it("sends headers at once, then started, journeys and ended, then OK", async (test) => {
    const server = await LiveServer.start(test);
    let open = (): void => {};
    server.collector.gate = new Promise((resolve) => {
      open = resolve;
    });
    const call = new TracedCall(server.client());
    await call.headers;
    assert.equal(server.collector.traces.length, 0, "the trace is still being attached");
    const next = server.collector.nextTrace();
    open();
    const trace = await next;
    trace.send([1, 2]);
    await call.received(2);
    assert.equal((await call.stop()).code, status.OK);
    assert.deepEqual(call.kinds, ["started", "batch", "ended"]);
    assert.deepEqual(
      call.responses.map(({ sequence }) => sequence),
      [1n, 2n, 3n],
    );
  });

  it("refuses a bad request with INVALID_ARGUMENT and its violations, before anything starts", async (test) => {
    const server = await LiveServer.start(test);
    const call = new TracedCall(server.client(), TraceRequest.fromPartial({ moduleNames: ["gsoo"] }));
    const { code, details, metadata } = await call.ended;
    assert.equal(code, status.INVALID_ARGUMENT);
    assert.match(details, /module_names/);
    assert.match(String(metadata.get("grpc-status-details-bin")[0]), /google\.rpc\.BadRequest/);
    assert.deepEqual(call.responses, []);
    assert.equal(server.collector.traces.length, 0);
  });

  it("tells why a trace could not be started, with no message before it", async (test) => {
    const server = await LiveServer.start(test);
    server.collector.startError = new IpftraceError("KERNEL_UNSUPPORTED", "cannot trace on this kernel: …");
    const call = new TracedCall(server.client());
    const { code, details } = await call.ended;
    assert.deepEqual([code, details], [status.FAILED_PRECONDITION, "cannot trace on this kernel: …"]);
    assert.deepEqual(call.responses, []);
  });

  it("keeps the text of what nobody expected to itself", async (test) => {
    const server = await LiveServer.start(test);
    server.collector.startError = new Error("ENOENT /root/secret");
    const { code, details } = await new TracedCall(server.client()).ended;
    assert.deepEqual([code, details], [status.INTERNAL, "internal error"]);
  });

  it("carries 10,000 batches at once, in order, without a gap", async (test) => {
    const server = await LiveServer.start(test);
    const [call, trace] = await server.trace();
    const count = 10_000;
    for (let id = 1; id <= count; id++) trace.send([id], 40);
    assert.equal((await call.stop()).code, status.OK);
    assert.deepEqual(
      call.journeyIds,
      Array.from({ length: count }, (_, i) => i + 1),
    );
    assert.deepEqual(
      call.responses.map(({ sequence }) => Number(sequence)),
      Array.from({ length: count + 2 }, (_, i) => i + 1),
    );
  });

  it("is of one client: two traces know nothing of each other", async (test) => {
    const server = await LiveServer.start(test);
    const [first, firstTrace] = await server.trace();
    const [second, secondTrace] = await server.trace(TraceRequest.fromPartial({ options: { maxHops: 7 } }));
    assert.deepEqual([firstTrace.spec.maxHops, secondTrace.spec.maxHops], [128, 7]);
    assert.notEqual(await first.traceId(), await second.traceId());
    firstTrace.send([1]);
    secondTrace.send([10]);
    firstTrace.events.failed(new IpftraceError("UNAVAILABLE", "boom"));
    assert.equal((await first.ended).code, status.UNAVAILABLE);
    secondTrace.send([11]);
    assert.equal((await second.stop()).code, status.OK);
    assert.deepEqual([first.journeyIds, second.journeyIds], [[1], [10, 11]]);
  });
});

describe("limits of traces", { timeout }, () => {
  it("one more than the server runs is refused with RESOURCE_EXHAUSTED, until one ends", async (test) => {
    const server = await LiveServer.start(test);
    const client = server.client();
    const calls: TracedCall[] = [];
    for (let i = 0; i < limits.maxTraces; i++) {
      const [call] = await server.trace({}, client);
      calls.push(call);
    }
    const refused = await new TracedCall(client).ended;
    assert.equal(refused.code, status.RESOURCE_EXHAUSTED);
    assert.match(refused.details, /16 traces at most/);
    await calls[3]?.stop();
    const [another] = await server.trace({}, client);
    await another.traceId();
  });
});

describe("StopTrace", { timeout }, () => {
  it("ends a trace in good order, and only that one", async (test) => {
    const server = await LiveServer.start(test);
    const [call, trace] = await server.trace();
    const [, other] = await server.trace();
    const traceId = await call.traceId();
    trace.onStop = () => trace.send([5]);
    const client = server.client();
    const { code } = await statusOf((done) => client.stopTrace({ traceId }, done));
    assert.equal(code, status.OK);
    assert.equal((await call.ended).code, status.OK);
    assert.deepEqual(call.kinds, ["started", "batch", "ended"]);
    const last = call.responses.at(-1)?.event;
    assert.ok(last?.$case === "ended" && last.value.reason === TraceEndReason.TRACE_END_REASON_STOPPED);
    assert.equal(other.stops, 0);
    const again = await statusOf((done) => client.stopTrace({ traceId }, done));
    assert.equal(again.code, status.NOT_FOUND);
  });

  it("of a trace that is not there is NOT_FOUND", async (test) => {
    const server = await LiveServer.start(test);
    const client = server.client();
    const { code, details } = await statusOf((done) => client.stopTrace({ traceId: 77n }, done));
    assert.deepEqual([code, details], [status.NOT_FOUND, "no trace 77 is running here"]);
  });
});

describe("the other calls", { timeout }, () => {
  it("GetNode and ListFunctions answer", async (test) => {
    const server = await LiveServer.start(test);
    server.collector.known = [TraceableFunction.fromPartial({ name: "ip_rcv" })];
    const client = server.client();
    const node = await new Promise<GetNodeResponse>((resolve, reject) => {
      client.getNode({}, (error, response) => (error ? reject(error) : resolve(response)));
    });
    assert.equal(node.limits?.maxTraces, 16);
    const page = await new Promise<ListFunctionsResponse>((resolve, reject) => {
      client.listFunctions(ListFunctionsRequest.fromPartial({}), (error, response) =>
        error ? reject(error) : resolve(response),
      );
    });
    assert.deepEqual(
      page.functions.map(({ name }) => name),
      ["ip_rcv"],
    );
  });

  it("always get an answer, also when something breaks, and never its text", async (test) => {
    const server = await LiveServer.start(test);
    const client = server.client();
    server.collector.functionsError = new Error("ENOENT /root/secret");
    const broken = await statusOf((done) => client.listFunctions(ListFunctionsRequest.fromPartial({}), done));
    assert.deepEqual([broken.code, /secret/.test(broken.details)], [status.INTERNAL, false]);
    const bad = await statusOf((done) =>
      client.listFunctions(ListFunctionsRequest.fromPartial({ pageToken: "x" }), done),
    );
    assert.equal(bad.code, status.INVALID_ARGUMENT);
  });

  it("an address that cannot be bound makes the start fail", async (test) => {
    const folder = temporaryFolder(test);
    const address = parseListenAddress(`unix:${join(folder, "s")}`);
    const parts = { collector: new FakeCollector() };
    const server = await startServer([address], makeLogger("silent"), parts);
    test.after(() => server.stop());
    await assert.rejects(startServer([address], makeLogger("silent"), parts), /another server is serving it/);
  });
});
