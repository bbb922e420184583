/** Limits count calls by HTTP and by gRPC together. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { credentials, status } from "@grpc/grpc-js";
import { TraceServiceClient } from "../../src/gen/ipftrace/v1/trace_service.js";
import { openDoor } from "../../src/http/door.js";
import { makeLogger } from "../../src/log.js";
import { parseListenAddress } from "../../src/service/listen.js";
import { startServer } from "../../src/service/server.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { FakeCollector } from "../service/fake-collector.js";
import { TracedCall } from "../service/live-server.js";
import { LineStream } from "./http-client.js";

describe("a limit of the server", { timeout: 20_000 }, () => {
  it("on streams holds for both ways in", async (test) => {
    const folder = temporaryFolder(test);
    const [grpc, http] = [`unix:${join(folder, "g")}`, `unix:${join(folder, "h")}`];
    const server = await startServer([parseListenAddress(grpc)], makeLogger("silent"), {
      collector: new FakeCollector(),
      drainMs: 500,
      limits: { maxStreams: 2, maxStreamsPerClient: 1 },
    });
    test.after(() => server.stop());
    const door = await openDoor({ addresses: [parseListenAddress(http)], origins: [] }, server.inside);
    test.after(() => door.stop());
    const client = new TraceServiceClient(grpc, credentials.createInsecure());
    test.after(() => client.close());
    const place = { socketPath: join(folder, "h") };
    const refusalOf = async (stream: LineStream): Promise<unknown[]> => {
      await stream.ended;
      const [{ code, details }] = stream.objects;
      return [
        stream.answer.statusCode,
        stream.answer.headers["retry-after"],
        code,
        details[0].debug.violations[0].subject,
      ];
    };
    const first = await LineStream.open(place, {});
    const second = await LineStream.open(place, {});
    assert.deepEqual(await refusalOf(second), [429, "5", "resource_exhausted", "max_streams_per_client"]);
    const call = new TracedCall(client);
    await call.received(1);
    const third = await LineStream.open(place, {});
    assert.deepEqual(await refusalOf(third), [429, "5", "resource_exhausted", "max_streams"]);
    assert.equal((await new TracedCall(client).ended).code, status.RESOURCE_EXHAUSTED);
    first.request.destroy();
    while (server.figures().subscribers === 2) await new Promise((resolve) => setImmediate(resolve));
    const fourth = await LineStream.open(place, {});
    assert.equal(fourth.answer.statusCode, 200);
    fourth.request.destroy();
  });
});
