import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { IpftraceError } from "../../src/errors.js";
import {
  GetNodeRequest,
  ListFunctionsRequest,
  TraceOptions,
  TraceRequest,
} from "../../src/gen/ipftrace/v1/trace_service.js";
import type { EndedCall } from "../../src/metrics/sources.js";
import { LiveServer, TracedCall } from "./live-server.js";

const timeout = 20_000;
const SERVICE = "/ipftrace.v1.TraceService";

/** A server, and the calls that it says have ended. */
async function observed(test: Parameters<typeof LiveServer.start>[0]) {
  const ended: EndedCall[] = [];
  const happenings = { callEnded: (call: EndedCall) => ended.push(call), attached: () => {}, detached: () => {} };
  const server = await LiveServer.start(test, 2000, "", happenings);
  const codes = (): string[] => ended.map(({ method, code }) => `${method.replace(`${SERVICE}/`, "")} ${code}`);
  const until = async (count: number): Promise<string[]> => {
    while (ended.length < count) await sleep(1);
    return codes();
  };
  return { server, ended, until };
}

/** The headers and the status of GetNode with these metadata. */
function getNode(server: LiveServer, metadata: Metadata): Promise<{ headers: Metadata; ended: StatusObject }> {
  return new Promise((resolve) => {
    let headers = new Metadata();
    const call = server.client().getNode(GetNodeRequest.fromPartial({}), metadata, () => {});
    call.on("metadata", (received: Metadata) => {
      headers = received;
    });
    call.on("status", (ended: StatusObject) => resolve({ headers, ended }));
  });
}

function withId(...ids: string[]): Metadata {
  const metadata = new Metadata();
  for (const id of ids) metadata.add("x-request-id", id);
  return metadata;
}

describe("x-request-id", { timeout }, () => {
  const kept = ["a", "0f5c9ddc-7e1c-4d5f-9c2d-4a5a6f0b7c11", "svc:1.2_3", "x".repeat(64)];
  for (const id of kept) {
    it(`of the client is taken over: ${id}`, async (test) => {
      const { server } = await observed(test);
      assert.deepEqual((await getNode(server, withId(id))).headers.get("x-request-id"), [id]);
    });
  }

  const replaced = ["x".repeat(65), "a b", 'a"b', "a\\nb"];
  for (const id of replaced) {
    it(`that is not well-formed is replaced: ${id}`, async (test) => {
      const { server } = await observed(test);
      assert.match(String((await getNode(server, withId(id))).headers.get("x-request-id")), /^[0-9a-f]{16}$/);
    });
  }

  it("is made where the client gives none, another for each call", async (test) => {
    const { server } = await observed(test);
    const ids = [];
    for (let call = 0; call < 3; call++)
      ids.push(String((await getNode(server, withId())).headers.get("x-request-id")));
    assert.equal(new Set(ids).size, 3);
  });

  it("comes with errors, too, and at the head of streams", async (test) => {
    const { server } = await observed(test);
    server.collector.functionsError = new IpftraceError("NOT_FOUND", "x");
    const refused = await new Promise<StatusObject>((resolve) => {
      server
        .client()
        .listFunctions(ListFunctionsRequest.fromPartial({}), withId("r1"), () => {})
        .on("status", resolve);
    });
    assert.deepEqual([refused.code, refused.metadata.get("x-request-id")], [status.NOT_FOUND, ["r1"]]);
    const [call] = await server.trace();
    assert.match(String(((await call.headers) as Metadata).get("x-request-id")), /^[0-9a-f]{16}$/);
  });
});

describe("the end of a call is told once, with its code", { timeout }, () => {
  it("of questions", async (test) => {
    const { server, until, ended } = await observed(test);
    await getNode(server, withId());
    server.collector.functionsError = new Error("secret");
    server.client().listFunctions(ListFunctionsRequest.fromPartial({}), () => {});
    assert.deepEqual(await until(2), ["GetNode OK", "ListFunctions INTERNAL"]);
    assert.ok(ended.every(({ seconds }) => seconds >= 0));
  });

  it("of streams: ended by the server, cancelled, too late, refused", async (test) => {
    const { server, until } = await observed(test);
    const [call, first] = await server.trace({ options: TraceOptions.fromPartial({ maxJourneys: 1n }) });
    await call.traceId();
    first.send([1]);
    assert.deepEqual(await until(1), ["Trace OK"]);
    const [second] = await server.trace();
    second.call.cancel();
    assert.deepEqual((await until(2)).at(-1), "Trace CANCELLED");
    server
      .client()
      .trace(TraceRequest.fromPartial({}), { deadline: Date.now() + 50 })
      .on("error", () => {});
    assert.deepEqual((await until(3)).at(-1), "Trace DEADLINE_EXCEEDED");
    await new TracedCall(server.client(), { moduleNames: ["nowhere"] }).ended;
    assert.deepEqual((await until(4)).at(-1), "Trace INVALID_ARGUMENT");
  });
});
