/** Connections that are no sound HTTP, or of no sound use: each ends, and nobody else is harmed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { HttpServer } from "./http-client.js";

const timeout = 60_000;
const GET_NODE = "/ipftrace.v1.TraceService/GetNode";
const TRACE = "/ipftrace.v1.TraceService/Trace";

/** A request as text. */
function post(path: string, body = "{}", more = ""): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}`;
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** A connection without a client, and what comes on it. */
class Raw {
  readonly socket: Socket;
  text = "";
  readonly closed: Promise<void>;

  constructor(test: TestContext, { place }: HttpServer) {
    assert.ok("socketPath" in place);
    this.socket = connect(place.socketPath);
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
    test.after(() => this.socket.destroy());
  }

  /** Sends something; resolves when `pattern` has come. */
  async until(sent: string | Buffer, pattern: RegExp): Promise<void> {
    this.socket.write(sent);
    while (!pattern.test(this.text)) await once(this.socket, "data");
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await once(AbortSignal.timeout(5), "abort");
}

describe("what is no HTTP", { timeout }, () => {
  const cases: [what: string, sent: string | Buffer, answer: RegExp][] = [
    ["garbage", Buffer.from("\x00\x01\x02\xff\r\n\r\n", "latin1"), /^HTTP\/1\.1 400 /],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^HTTP\/1\.1 (400|505) /],
    [
      "two lengths",
      `POST ${GET_NODE} HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      /^HTTP\/1\.1 400 /,
    ],
    ["a length and chunks", post(GET_NODE, "{}", "Transfer-Encoding: chunked\r\n"), /^HTTP\/1\.1 400 /],
    ["a head without an end", `POST ${GET_NODE} HTTP/1.1\r\nX: ${"y".repeat(20_000)}`, /^HTTP\/1\.1 431 /],
    ["no host", `POST ${GET_NODE} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ];
  for (const [what, sent, answer] of cases) {
    it(`${what}: the connection ends`, async (test) => {
      const server = await HttpServer.start(test);
      const raw = new Raw(test, server);
      await raw.until(sent, answer);
      await raw.closed;
      assert.equal((await server.ask(GET_NODE)).status, 200);
    });
  }
});

describe("connections", { timeout }, () => {
  it("have one answer after the other, however the requests come", async (test) => {
    const server = await HttpServer.start(test);
    const raw = new Raw(test, server);
    await raw.until(post(GET_NODE) + post("/nothing") + post(GET_NODE, "{"), /unimplemented[\s\S]*invalid_argument/);
    assert.deepEqual(raw.text.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 400"]);
  });

  it("that end take all of their calls with them, also those that waited", async (test) => {
    const server = await HttpServer.start(test);
    const raw = new Raw(test, server);
    await raw.until(post(TRACE).repeat(6), /"event":"started"/);
    await until(() => server.live.figures().subscribers === 4);
    raw.socket.destroy();
    await until(() => server.live.figures().subscribers === 0);
  });

  it("that end while a body comes leave nothing", async (test) => {
    const server = await HttpServer.start(test);
    const raw = new Raw(test, server);
    raw.socket.write(post(TRACE, "{}   ").slice(0, -3));
    await once(AbortSignal.timeout(50), "abort");
    raw.socket.destroy();
    await raw.closed;
    assert.equal(server.live.figures().subscribers, 0);
    assert.equal(server.live.collector.traces.length, 0);
  });

  it("whose client will send no more are over", async (test) => {
    const server = await HttpServer.start(test);
    const next = server.live.collector.nextTrace();
    const raw = new Raw(test, server);
    await raw.until(post(TRACE), /"event":"started"/);
    const trace = await next;
    raw.socket.end();
    await raw.closed;
    await until(() => trace.stops === 1);
  });

  it("serve many calls without keeping anything of them", async (test) => {
    const server = await HttpServer.start(test);
    const raw = new Raw(test, server);
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warned);
    test.after(() => process.off("warning", warned));
    for (let call = 1; call <= 50; call++) {
      raw.text = "";
      await raw.until(post(GET_NODE), /^HTTP\/1\.1 200 [\s\S]*"ROLE_READER"\}\}$/);
    }
    assert.deepEqual(warnings, []);
  });

  it("are read no further than what a request may have", async (test) => {
    const server = await HttpServer.start(test);
    const raw = new Raw(test, server);
    await raw.until(
      post(GET_NODE).replace("Content-Length: 2", "Content-Length: 99999999999"),
      /^HTTP\/1\.1 429 [\s\S]*\}/,
    );
    assert.match(raw.text, /connection: close/i);
    await raw.closed;
    const chunked = new Raw(test, server);
    const head = post(GET_NODE).replace(/Content-Length: 2\r\n\r\n\{\}/, "Transfer-Encoding: chunked\r\n\r\n");
    chunked.socket.write(head);
    const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    await chunked.until(chunk.repeat(20), /^HTTP\/1\.1 429 /);
  });
});

describe("whatever JSON comes", { timeout }, () => {
  it("is answered or refused, never a defect", async (test) => {
    const server = await HttpServer.start(test);
    const keys = fc.constantFrom(
      "trace",
      "filter",
      "allow",
      "l4Protocols",
      "options",
      "queueBytes",
      "modules",
      "fields",
    );
    const key = fc.oneof({ weight: 9, arbitrary: keys }, { weight: 1, arbitrary: fc.string() });
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "medium", withCrossShrink: true },
        fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null), fc.integer()),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(key, tie("json"), { maxKeys: 4 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(json, async (value) => {
        const body = JSON.stringify(value);
        const { status, text } = await server.ask("/ipftrace.v1.TraceService/ExplainTrace", { body });
        assert.ok([200, 400, 403].includes(status ?? 0), `${status} ${text} for ${body}`);
      }),
      { numRuns: 300 },
    );
  });
});
