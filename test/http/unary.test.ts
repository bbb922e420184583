/** Questions and answers by HTTP. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ExplainTraceRequest, GetNodeResponse } from "../../src/gen/ipftrace/v1/trace_service.js";
import { HttpServer, type Sent } from "./http-client.js";

const timeout = 60_000;
const GET_NODE = "/ipftrace.v1.TraceService/GetNode";
const EXPLAIN = "/ipftrace.v1.TraceService/ExplainTrace";
const JSON_TYPE = { "content-type": "application/json" };

describe("a question", { timeout }, () => {
  it("is answered in JSON of protobuf", async (test) => {
    const server = await HttpServer.start(test);
    const { status, headers, text } = await server.ask(GET_NODE);
    assert.deepEqual([status, headers["content-type"]], [200, "application/json"]);
    const { caller, limits, backends } = JSON.parse(text);
    assert.equal(caller.role, "ROLE_READER");
    assert.equal(typeof limits.maxQueueBytes, "string");
    assert.deepEqual(backends, [{ backend: "BACKEND_TRACEPOINT", available: true }]);
    assert.match(String(headers["x-request-id"]), /^[0-9a-f]{16}$/);
    assert.deepEqual([headers["cache-control"], headers["x-content-type-options"]], ["no-store", "nosniff"]);
  });

  it("is answered encoded where it is encoded", async (test) => {
    const server = await HttpServer.start(test);
    const { status, headers, bytes } = await server.ask(GET_NODE, {
      headers: { "content-type": "application/proto", "x-request-id": "mine" },
      body: "",
    });
    assert.deepEqual([status, headers["content-type"], headers["x-request-id"]], [200, "application/proto", "mine"]);
    assert.equal(GetNodeResponse.decode(bytes).backends.length, 1);
  });

  it("comes by a port of this machine, too", async (test) => {
    const server = await HttpServer.start(test, { tcp: true });
    assert.equal((await server.ask(GET_NODE)).status, 200);
  });
});

describe("what is no call is refused", { timeout }, () => {
  const cases: [what: string, path: string, sent: Sent, status: number, said: RegExp][] = [
    ["no method", "/", {}, 404, /^\{"code":"unimplemented","message":"there is no \\"\/\\"; POST to \/ipftrace/],
    ["a misspelt method", "/ipftrace.v1.TraceService/GetNodes", {}, 404, /did you mean \\"\/ipf.*GetNode\\"\?/],
    ["a path of something else", "/__proto__", {}, 404, /unimplemented/],
    ["GET", GET_NODE, { method: "GET", body: "" }, 405, /is called with POST/],
    ["PUT", GET_NODE, { method: "PUT" }, 405, /is called with POST/],
    [
      "a form",
      GET_NODE,
      { headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      /accepted are appli/,
    ],
    ["no content type", GET_NODE, { headers: {} }, 415, /accepted are application\/json, application\/proto"/],
    ["text that a page may send", GET_NODE, { headers: { "content-type": "text/plain" } }, 415, /text\/plain/],
    [
      "a stream of what has none",
      GET_NODE,
      { headers: { "content-type": "application/connect+json" } },
      415,
      /accepted/,
    ],
    ["gzip", GET_NODE, { headers: { ...JSON_TYPE, "content-encoding": "gzip" } }, 501, /\\"gzip\\" is not read here/],
    ["another version", GET_NODE, { headers: { ...JSON_TYPE, "connect-protocol-version": "2" } }, 400, /accepted is 1/],
    ["no time", GET_NODE, { headers: { ...JSON_TYPE, "connect-timeout-ms": "1s" } }, 400, /up to 10 digits/],
    ["a long time", GET_NODE, { headers: { ...JSON_TYPE, "connect-timeout-ms": "12345678901" } }, 400, /10 digits/],
    ["no body", GET_NODE, { body: "" }, 400, /body: is empty: give \{\}/],
    ["half an object", GET_NODE, { body: "{" }, 400, /body: is not JSON/],
    ["bytes that are no text", GET_NODE, { body: Buffer.from([0x22, 0xff, 0x22]) }, 400, /body: is not JSON/],
    ["a list", GET_NODE, { body: "[]" }, 400, /body: a list is not an object of ipftrace\.v1\.GetNodeRequest/],
    ["null", GET_NODE, { body: "null" }, 400, /body: null is not an object/],
    ["a key too many", GET_NODE, { body: '{"a":1}' }, 400, /a: .* has no such field: it has no fields/],
    [
      "a body that is too large",
      EXPLAIN,
      { body: `{"x":"${"y".repeat(1 << 20)}"}` },
      429,
      /more than the 1048576 bytes/,
    ],
    ["no message", GET_NODE, { headers: { "content-type": "application/proto" }, body: "\x08" }, 400, /not an encoded/],
  ];
  for (const [what, path, sent, status, said] of cases) {
    it(what, async (test) => {
      const server = await HttpServer.start(test);
      const answer = await server.ask(path, sent);
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, said);
      assert.equal(answer.headers["content-type"], "application/json");
      if (status === 405) assert.equal(answer.headers.allow, "POST");
      assert.equal((await server.ask(GET_NODE)).status, 200);
    });
  }
});

describe("what is wrong within a request", { timeout }, () => {
  it("is told all at once, with paths, and what was meant", async (test) => {
    const server = await HttpServer.start(test);
    const trace = {
      filtre: {},
      backend: "BACKEND_KPROB",
      filter: { allow: [{ l4Protocols: [6] }, { l4Protocols: ["x"] }, 3], pcapExpression: 7 },
      options: { durationMs: 1.5, queueBytes: 2 ** 60 },
    };
    const { status, text } = await server.ask(EXPLAIN, { body: JSON.stringify({ trace }) });
    assert.equal(status, 400);
    const { code, details } = JSON.parse(text);
    assert.equal(code, "invalid_argument");
    const [badRequest, errorInfo] = details;
    assert.equal(badRequest.type, "google.rpc.BadRequest");
    const said = badRequest.debug.fieldViolations.map(
      ({ field, description }: { field: string; description: string }) => `${field}: ${description}`,
    );
    const expected = [
      /^trace\.filtre: ipftrace\.v1\.TraceRequest has no such field \(did you mean "filter"\?\): accepted are filter, /,
      /^trace\.backend: "BACKEND_KPROB" is none of .* \(did you mean "BACKEND_KPROBE"\?\)$/,
      /^trace\.filter\.allow\[1\]\.l4_protocols: list item #1: expected number \(uint32\), got "x"$/,
      /^trace\.filter\.allow\[2\]: "3" is not an object of ipftrace\.v1\.FlowFilter$/,
      /^trace\.filter\.pcap_expression: expected string, got 7$/,
      /^trace\.options\.duration_ms: expected number \(uint32\), got 1\.5$/,
      /^trace\.options\.queue_bytes: has more digits than a number of JSON can hold: write it as a string$/,
    ];
    assert.equal(said.length, expected.length, said.join("\n"));
    for (const [index, pattern] of expected.entries()) assert.match(said[index], pattern);
    assert.deepEqual(errorInfo.debug, { reason: "INVALID_INPUT", domain: "ipftrace" });
  });

  it("and what gRPC would refuse is refused in the same words", async (test) => {
    const server = await HttpServer.start(test);
    const trace = { filter: { allow: [{ sourceIpv4: ["10.0.0.300"] }] } };
    const answer = await server.ask(EXPLAIN, { body: JSON.stringify({ trace }) });
    const error = await new Promise<{ details: string }>((resolve) => {
      const request = ExplainTraceRequest.fromPartial({ trace });
      server.live.client().explainTrace(request, (failed) => resolve(failed ?? { details: "none" }));
    });
    assert.equal(JSON.parse(answer.text).message, error.details);
    assert.equal(answer.status, 400);
  });
});
