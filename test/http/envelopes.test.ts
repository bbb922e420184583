/** Connect's streams byte by byte: https://connectrpc.com/docs/protocol#streaming-rpcs */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { HttpServer } from "./http-client.js";

const timeout = 20_000;
const TRACE = "/ipftrace.v1.TraceService/Trace";
const headers = { "content-type": "application/connect+json", "connect-protocol-version": "1" };

/** Flags, one byte; length, four; message. */
function framed(text: string, { flags = 0, length = Buffer.byteLength(text) } = {}): Buffer {
  const head = Buffer.from([flags, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** The frames of an answer; fails for bytes that are not in one. */
function framesOf(bytes: Buffer): { flags: number; json: Record<string, unknown> }[] {
  const frames = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = 5 + rest.readUInt32BE(1);
    assert.ok(end <= rest.length, "a frame is cut off");
    frames.push({ flags: rest.readUInt8(0), json: JSON.parse(rest.subarray(5, end).toString()) });
    rest = rest.subarray(end);
  }
  return frames;
}

describe("a stream of Connect", { timeout }, () => {
  it("has messages in envelopes, and its end in the last one", async (test) => {
    const server = await HttpServer.start(test);
    const answer = await server.ask(TRACE, { headers, body: framed('{"options":{"durationMs":1}}') });
    assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "application/connect+json"]);
    const [started, ended, end, another] = framesOf(answer.bytes);
    assert.deepEqual([started?.flags, started?.json["sequence"], "started" in (started?.json ?? {})], [0, "1", true]);
    assert.deepEqual([ended?.flags, "ended" in (ended?.json ?? {})], [0, true]);
    assert.deepEqual([end, another], [{ flags: 2, json: { metadata: {} } }, undefined]);
    assert.match(String(answer.headers["x-request-id"]), /^[0-9a-f]{16}$/);
  });

  it("that fails says so in its last envelope, whatever the status of HTTP", async (test) => {
    const server = await HttpServer.start(test);
    server.live.collector.startError = IpftraceError.overLimit("max_traces", "all are taken");
    const answer = await server.ask(TRACE, { headers, body: framed("{}") });
    assert.equal(answer.status, 200);
    const [{ flags, json } = { flags: 0, json: {} as Record<string, unknown> }, another] = framesOf(answer.bytes);
    const { code, message } = json["error"] as Record<string, unknown>;
    assert.deepEqual([flags, code, message], [2, "resource_exhausted", "all are taken (max_traces)"]);
    assert.equal(another, undefined);
  });

  const bodies: [what: string, body: Buffer, said: RegExp][] = [
    ["no envelope", Buffer.alloc(0), /body: has 0 bytes: an envelope begins with flags and a length/],
    ["half a head", Buffer.alloc(4), /has 4 bytes/],
    [
      "a message that is shorter than it says",
      framed("{}", { length: 3 }),
      /has 2 bytes behind its head, which says 3/,
    ],
    ["two messages", Buffer.concat([framed("{}"), framed("{}")]), /has 9 bytes behind its head, which says 2/],
    ["a compressed message", framed("{}", { flags: 1 }), /is compressed, which this server does not read/],
    ["4 GiB, it says", framed("", { length: 0xffff_ffff }), /has 0 bytes behind its head, which says 4294967295/],
    ["a key that does not exist", framed('{"filtre":{}}'), /filtre: .*did you mean "filter"/],
    ["no JSON", framed("{"), /body: is not JSON/],
  ];
  for (const [what, body, said] of bodies) {
    it(`is refused for ${what}`, async (test) => {
      const server = await HttpServer.start(test);
      const { bytes } = await server.ask(TRACE, { headers, body });
      const [frame, another] = framesOf(bytes);
      const error = frame?.json["error"] as { code: string; message: string };
      assert.deepEqual([frame?.flags, error.code, another], [2, "invalid_argument", undefined]);
      assert.match(error.message, said);
    });
  }
});
