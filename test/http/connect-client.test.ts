/** The Connect protocol, asked by the client of those who made it. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { DescService, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { toJson } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { IpftraceError } from "../../src/errors.js";
import { contractRegistry } from "../../src/http/contract.js";
import { HttpServer } from "./http-client.js";

const timeout = 60_000;

/** A client that knows the contract by its descriptors, and gives messages as JSON. */
function clientOf(server: HttpServer, useBinaryFormat: boolean) {
  const service = contractRegistry().getService("ipftrace.v1.TraceService");
  assert.ok(service !== undefined && "port" in server.place);
  const transport = createConnectTransport({
    baseUrl: `http://127.0.0.1:${server.place.port}`,
    httpVersion: "1.1",
    useBinaryFormat,
  });
  const client = createClient(service as DescService, transport) as unknown as Record<
    string,
    (request: object, options?: CallOptions) => Promise<never> & AsyncIterable<never>
  >;
  const outputs = new Map(service.methods.map(({ localName, output }) => [localName, output]));
  const json = (method: string, message: never): JsonObject => {
    const output = outputs.get(method);
    assert.ok(output !== undefined);
    return toJson(output, message) as JsonObject;
  };
  const call = (method: string, request: object, options?: CallOptions) => {
    const made = client[method]?.(request, options);
    assert.ok(made !== undefined);
    return made;
  };
  return {
    ask: async (method: string, request: object = {}, options?: CallOptions) =>
      json(method, await call(method, request, options)),
    async *stream(method: string, request: object = {}, options?: CallOptions): AsyncGenerator<JsonObject> {
      for await (const message of call(method, request, options)) yield json(method, message);
    },
  };
}

async function start(test: TestContext, useBinaryFormat: boolean) {
  const server = await HttpServer.start(test, { tcp: true });
  return { server, client: clientOf(server, useBinaryFormat) };
}

/** The one key that says what a response is. */
function kindOf(response: JsonObject): string | undefined {
  return Object.keys(response).find((key) => !["sequence", "resumeToken"].includes(key));
}

async function failureOf(answer: Promise<unknown>): Promise<ConnectError> {
  try {
    await answer;
  } catch (reason) {
    if (reason instanceof ConnectError) return reason;
    throw reason;
  }
  assert.fail("it was answered");
}

for (const useBinaryFormat of [false, true]) {
  describe(`a Connect client that speaks ${useBinaryFormat ? "binary" : "JSON"}`, { timeout }, () => {
    it("is answered", async (test) => {
      const { client } = await start(test, useBinaryFormat);
      const { caller } = await client.ask("getNode");
      assert.equal((caller as JsonObject)["role"], "ROLE_READER");
    });

    it("reads a trace to its end", async (test) => {
      const { server, client } = await start(test, useBinaryFormat);
      const next = server.live.collector.nextTrace();
      const kinds: (string | undefined)[] = [];
      let ids: JsonValue[] = [];
      for await (const response of client.stream("trace", { options: { durationMs: 300 } })) {
        if (kinds.length === 0) (await next).send([7, 8]);
        kinds.push(kindOf(response));
        const journeys = (response["batch"] as JsonObject | undefined)?.["journeys"] as JsonObject[] | undefined;
        ids = [...ids, ...(journeys ?? []).map((journey) => journey["journeyId"] ?? null)];
      }
      assert.deepEqual(kinds, ["started", "batch", "ended"]);
      assert.deepEqual(ids, ["7", "8"]);
    });

    it("is told what is wrong, with details", async (test) => {
      const { server, client } = await start(test, useBinaryFormat);
      const error = await failureOf(client.ask("explainTrace", { trace: { options: { maxHops: 1_000_000 } } }));
      assert.equal(error.code, Code.InvalidArgument);
      assert.match(error.rawMessage, /options\.max_hops: /);
      assert.deepEqual(
        error.details.map((detail) => "type" in detail && detail.type),
        ["google.rpc.BadRequest", "google.rpc.ErrorInfo"],
      );
      assert.match(String(error.metadata.get("x-request-id")), /^[0-9a-f]{16}$/);
      server.live.collector.startError = IpftraceError.overLimit("max_traces", "all are taken");
      const streamed = await failureOf(client.stream("trace").next());
      assert.deepEqual([streamed.code, streamed.rawMessage], [Code.ResourceExhausted, "all are taken (max_traces)"]);
      assert.equal(streamed.details.length, 3);
      assert.match(String(streamed.metadata.get("x-request-id")), /^[0-9a-f]{16}$/);
    });

    it("is refused what it may not do", async (test) => {
      const { client } = await start(test, useBinaryFormat);
      const module = { name: "m", object: new Uint8Array([1]) };
      const error = await failureOf(client.ask("checkModule", { module }));
      assert.deepEqual(
        [error.code, /takes code from operators only/.test(error.rawMessage)],
        [Code.PermissionDenied, true],
      );
    });

    it("ends its trace when it leaves, and when its time is over", async (test) => {
      const { server, client } = await start(test, useBinaryFormat);
      const next = server.live.collector.nextTrace();
      const gone = new AbortController();
      const stream = client.stream("trace", {}, { signal: gone.signal });
      await stream.next();
      const trace = await next;
      gone.abort();
      assert.equal((await failureOf(stream.next())).code, Code.Canceled);
      while (trace.stops === 0) await new Promise((resolve) => setImmediate(resolve));
      const late = client.stream("trace", {}, { timeoutMs: 300 });
      await late.next();
      assert.equal((await failureOf(late.next())).code, Code.DeadlineExceeded);
    });
  });
}
