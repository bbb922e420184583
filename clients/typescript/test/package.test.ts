/** What the package promises beside its code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "ipftrace-client";
import { TraceRequest } from "ipftrace-client/v1/trace_service.js";
import { readMessages } from "./kit.js";
import { ReplayServer } from "./replay-server.js";

test("a request has the defaults of the contract, with functions by id", async (context) => {
  const server = await ReplayServer.start(context, [{ messages: readMessages("cases/end-limit.binpb"), status: "OK" }]);
  using client = await connect(server.target);
  const input = {
    manifest: "generic",
    modules: ["gso"],
    filter: { allow: [{ l4Protocols: [6] }] },
    options: { durationMs: 5000 },
  };
  for await (const event of client.trace(input)) assert.notEqual(event.type, "loss");
  assert.deepEqual(TraceRequest.toJSON(server.requests[0] ?? TraceRequest.create()), {
    filter: { allow: [{ l4Protocols: [6] }] },
    manifestName: "generic",
    moduleNames: ["gso"],
    options: { durationMs: 5000, functionEncoding: "FUNCTION_ENCODING_IDS" },
  });
});
