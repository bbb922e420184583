/** Calls over sound HTTP/2 that are no sound gRPC: each gets an answer, and nobody else is harmed. */
import assert from "node:assert/strict";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { statusOf } from "../service/live-server.js";
import { ServerProcess } from "./server-process.js";

const PATH = "/ipftrace.v1.TraceService/GetNode";
const MIB = 1024 * 1024;
const TIMES = 5;
const MAX_GROWTH_BYTES = 6 * MIB;

/** How a call was answered: the HTTP status, the gRPC status, or the code with which its stream was reset. */
interface Answered {
  readonly http: number | undefined;
  readonly grpc: number | undefined;
  readonly reset: number;
}

interface Case {
  readonly name: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer;
  readonly is: (answer: Answered) => boolean;
}

/** A message behind its flag and its length. */
function framed(bytes: Buffer, { flag = 0, length = bytes.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}

const EMPTY = framed(Buffer.alloc(0));
const isRefused = ({ grpc, reset }: Answered): boolean => (grpc !== undefined && grpc !== status.OK) || reset !== 0;
/** The library is lenient there. */
const isAnswered = (answer: Answered): boolean => answer.grpc === status.OK || isRefused(answer);
const has = (code: status) => (answer: Answered) => answer.grpc === code;
/** 200 MiB of zeros in 200 KiB. */
const bomb = gzipSync(Buffer.alloc(200 * MIB));

const cases: readonly Case[] = [
  { name: "a sound one", body: EMPTY, is: has(status.OK) },
  {
    name: "a content type of another kind",
    headers: { "content-type": "application/json" },
    is: ({ http }) => http === 415,
  },
  { name: "no content type", headers: { "content-type": "" }, is: ({ http }) => http === 415 },
  { name: "a GET", headers: { ":method": "GET" }, is: (answer) => answer.http === 405 || isRefused(answer) },
  {
    name: "a method that does not exist",
    headers: { ":path": "/ipftrace.v1.TraceService/No" },
    body: EMPTY,
    is: has(status.UNIMPLEMENTED),
  },
  { name: "a path of nothing", headers: { ":path": "/" }, body: EMPTY, is: has(status.UNIMPLEMENTED) },
  { name: "a path up the tree", headers: { ":path": "/../../etc/passwd" }, body: EMPTY, is: has(status.UNIMPLEMENTED) },
  { name: "the path __proto__", headers: { ":path": "/__proto__" }, body: EMPTY, is: has(status.UNIMPLEMENTED) },
  { name: "no message", is: isRefused },
  { name: "half the head of a message", body: Buffer.alloc(3), is: isRefused },
  { name: "a message that is shorter than it says", body: framed(Buffer.alloc(4), { length: 10 }), is: isRefused },
  { name: "a message that is longer than it says", body: framed(Buffer.alloc(10), { length: 4 }), is: isRefused },
  { name: "two messages", body: Buffer.concat([EMPTY, EMPTY]), is: isRefused },
  {
    name: "a message of 4 GiB, it says",
    body: framed(Buffer.alloc(4), { length: 0xffff_ffff }),
    is: has(status.RESOURCE_EXHAUSTED),
  },
  { name: "a message that is too large", body: framed(Buffer.alloc(MIB + 1)), is: has(status.RESOURCE_EXHAUSTED) },
  { name: "one that says it is compressed", body: framed(Buffer.alloc(4), { flag: 1 }), is: isAnswered },
  { name: "a flag that does not exist", body: framed(Buffer.alloc(0), { flag: 255 }), is: isAnswered },
  {
    name: "a compression that does not exist",
    headers: { "grpc-encoding": "lzma" },
    body: framed(Buffer.alloc(4), { flag: 1 }),
    is: has(status.UNIMPLEMENTED),
  },
  {
    name: "gzip that is none",
    headers: { "grpc-encoding": "gzip" },
    body: framed(Buffer.alloc(40), { flag: 1 }),
    is: isRefused,
  },
  {
    name: "gzip that grows a thousand times",
    headers: { "grpc-encoding": "gzip" },
    body: framed(bomb, { flag: 1 }),
    is: has(status.RESOURCE_EXHAUSTED),
  },
  { name: "a timeout that is no number", headers: { "grpc-timeout": "soon" }, body: EMPTY, is: isRefused },
  {
    name: "a timeout of nothing",
    headers: { "grpc-timeout": "0n" },
    body: EMPTY,
    is: isAnswered,
  },
  {
    name: "a timeout of centuries",
    headers: { "grpc-timeout": "99999999H" },
    body: EMPTY,
    is: isAnswered,
  },
  { name: "metadata that is no base64", headers: { "x-bin": "!!!" }, body: EMPTY, is: has(status.OK) },
  {
    name: "metadata named __proto__",
    headers: { ["__proto__"]: "x" },
    body: EMPTY,
    is: has(status.OK),
  },
];

function sessionOf(path: string): ClientHttp2Session {
  const session = connect("http://localhost", { createConnection: () => connectSocket(path) });
  session.on("error", () => {});
  return session;
}

function call(session: ClientHttp2Session, { headers = {}, body }: Case): Promise<Answered> {
  const usual = { ":method": "POST", ":path": PATH, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request({ ...usual, ...headers }, { endStream: body === undefined });
  let http: number | undefined;
  let grpc: number | undefined;
  const look = (got: Record<string, unknown>): void => {
    http ??= got[":status"] as number | undefined;
    if (got["grpc-status"] !== undefined) grpc = Number(got["grpc-status"]);
  };
  stream.on("response", look);
  stream.on("trailers", look);
  stream.on("error", () => {});
  stream.resume();
  stream.end(body);
  return new Promise((resolve) => stream.on("close", () => resolve({ http, grpc, reset: stream.rstCode })));
}

test("calls that are no gRPC are answered, and harm nobody else", { timeout: 120_000 }, async (context) => {
  const server = await ServerProcess.start(context);
  const other = server.client();
  let heap = 0;
  for (const one of cases) {
    await context.test(one.name, async () => {
      const session = sessionOf(server.path);
      for (let time = 0; time < TIMES; time++) {
        const answer = await call(session, one);
        assert.ok(one.is(answer), JSON.stringify(answer));
      }
      session.destroy();
      assert.equal((await statusOf((done) => other.getNode({}, done))).code, status.OK);
    });
    if (one === cases[0]) heap = (await server.state()).memory.heapUsed;
  }
  const { memory } = await server.state();
  assert.ok(
    memory.heapUsed + memory.external - heap < MAX_GROWTH_BYTES,
    `${heap} → ${memory.heapUsed} + ${memory.external}`,
  );
});
