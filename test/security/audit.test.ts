import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import { pino } from "pino";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { LiveServer, statusOf, TracedCall } from "../service/live-server.js";

/** A log whose lines are kept, and which is asked for nothing but errors. */
function keptLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "error", base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, audited: () => lines.filter(({ audit }) => audit === true) };
}

it("the audit tells who did what, and how it ended, at every level, without addresses", {
  timeout: 30_000,
}, async (test) => {
  const { log, audited } = keptLog();
  const server = await LiveServer.start(test, 2000, "@reader", undefined, log);
  const filter = {
    allow: [{ sourceIpv4: ["10.99.88.77"] }],
    pcapExpression: "host 10.99.88.77",
    whereExpression: "skb->len > 9",
  };
  const [call] = await server.trace(TraceRequest.fromPartial({ filter, moduleNames: ["gso"] }));
  const traceId = await call.traceId();
  await statusOf((done) => server.client().stopTrace({ traceId }, done));
  await call.ended;
  const refused = new TracedCall(
    server.client(),
    TraceRequest.fromPartial({ filter: { whereExpression: "skb->dev" } }),
  );
  await refused.ended;
  const sessions = server.client();
  const create = "/ipftrace.v1.SessionService/CreateSession";
  const same = (bytes: Buffer): Buffer => bytes;
  await statusOf((done) => sessions.makeUnaryRequest(create, same, same, Buffer.alloc(0), (error) => done(error)));
  while (audited().length < 5) await once(AbortSignal.timeout(5), "abort");
  const [begins, ...others] = audited();
  const { time, requestId, level, ...told } = begins ?? {};
  assert.match(String(requestId), /^[0-9a-f]{16}$/);
  assert.ok(time !== undefined && level !== undefined);
  assert.deepEqual(told, {
    audit: true,
    identity: server.target,
    role: "reader",
    peer: "unknown",
    modules: ["gso"],
    allow: 1,
    deny: 0,
    expressions: 2,
    msg: "trace begins",
  });
  assert.deepEqual(
    others.map(({ msg, outcome }) => [msg, outcome]),
    [
      ["trace ended", "OK"],
      ["trace begins", undefined],
      ["trace ended", "PERMISSION_DENIED"],
      ["refused", "FORBIDDEN"],
    ],
  );
  assert.equal(others[0]?.["requestId"], requestId);
  assert.doesNotMatch(JSON.stringify(audited()), /10\.99/);
});
