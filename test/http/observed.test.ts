/** Calls by HTTP in the metrics and in the audit: as any other. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pino } from "pino";
import type { EndedCall } from "../../src/metrics/sources.js";
import { LiveServer } from "../service/live-server.js";
import { HttpServer } from "./http-client.js";

const timeout = 20_000;
const SERVICE = "/ipftrace.v1.TraceService";

describe("calls by HTTP", { timeout }, () => {
  it("are counted with how they ended", async (test) => {
    const calls: EndedCall[] = [];
    const happenings = { callEnded: (call: EndedCall) => calls.push(call), attached: () => {}, detached: () => {} };
    const live = await LiveServer.start(test, 2000, "", happenings);
    const server = await HttpServer.start(test, { live });
    await server.ask(`${SERVICE}/GetNode`);
    await server.ask(`${SERVICE}/GetNode`, { body: "{" });
    await server.ask("/ipftrace.v1.SessionService/CreateSession");
    await server.ask("/nothing");
    const stream = await server.trace();
    stream.request.destroy();
    while (calls.length < 4) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      calls.map(({ method, code }) => [method, code]),
      [
        [`${SERVICE}/GetNode`, "OK"],
        [`${SERVICE}/GetNode`, "INVALID_ARGUMENT"],
        ["/ipftrace.v1.SessionService/CreateSession", "PERMISSION_DENIED"],
        [`${SERVICE}/Trace`, "CANCELLED"],
      ],
    );
  });

  it("are in the audit with their maker", async (test) => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: "error", base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const live = await LiveServer.start(test, 2000, "", undefined, log);
    const server = await HttpServer.start(test, { live });
    const answer = await server.ask(`${SERVICE}/Trace`, {
      headers: { "content-type": "application/json", "x-request-id": "mine" },
      body: '{"options":{"durationMs":1}}',
    });
    assert.equal(answer.status, 200);
    await server.ask("/ipftrace.v1.SessionService/DeleteSession");
    const identity = "socketPath" in server.place && `unix:${server.place.socketPath}`;
    assert.deepEqual(
      lines.map((line) => [line["msg"], line["outcome"], line["role"], line["identity"]]),
      [
        ["trace begins", undefined, "reader", identity],
        ["trace ended", "OK", "reader", identity],
        ["refused", "FORBIDDEN", "reader", identity],
      ],
    );
    assert.deepEqual([lines[0]?.["requestId"], lines[1]?.["requestId"]], ["mine", "mine"]);
  });
});
