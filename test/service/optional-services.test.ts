import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { makeLogger } from "../../src/log.js";
import { parseListenAddress } from "../../src/service/listen.js";
import type { OptionalServices } from "../../src/service/optional-services.js";
import { startServer } from "../../src/service/server.js";
import { root } from "../docs/files.js";
import { outputOf } from "../helpers/output-of.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { FakeCollector } from "./fake-collector.js";

const timeout = 60_000;

/** A server with these services; paths of its sockets for admins and for operators. */
async function serve(test: TestContext, optionalServices: OptionalServices) {
  const folder = temporaryFolder(test);
  const [admin, operator] = [join(folder, "a"), join(folder, "o")];
  const addresses = [`unix:${admin}@admin`, `unix:${operator}@operator`].map((one) => parseListenAddress(one));
  const server = await startServer(addresses, makeLogger("silent"), {
    collector: new FakeCollector(),
    drainMs: 100,
    optionalServices,
  });
  test.after(() => server.stop());
  return { admin, operator };
}

/** Runs `buf curl`, a client that knows nothing of the server but what reflection tells. */
async function curl(socket: string, ...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const common = ["curl", "--protocol", "grpc", "--http2-prior-knowledge", "--unix-socket", socket];
  const child = spawn("node_modules/.bin/buf", [...common, ...words], { cwd: root });
  return outputOf(child);
}

const NODE = "http://localhost/ipftrace.v1.TraceService/GetNode";

describe("reflection", { timeout }, () => {
  it("tells admins the contract, so that a client without protos can call", async (test) => {
    const { admin } = await serve(test, { reflection: true });
    const listed = await curl(admin, "--list-services", "http://localhost");
    assert.equal(listed.err, "");
    assert.deepEqual(listed.out.trim().split("\n"), ["ipftrace.v1.SessionService", "ipftrace.v1.TraceService"]);
    const node = await curl(admin, NODE);
    assert.equal(node.err, "");
    assert.match(node.out, /"kernelRelease":/);
  });

  it("tells nobody else", async (test) => {
    const { operator } = await serve(test, { reflection: true });
    const { code, err } = await curl(operator, "--list-services", "http://localhost");
    assert.notEqual(code, 0);
    assert.match(err, /needs the role admin/);
  });

  it("is not there by default", async (test) => {
    const { admin } = await serve(test, {});
    const { code, err } = await curl(admin, "--list-services", "http://localhost");
    assert.notEqual(code, 0);
    assert.match(err, /unimplemented|does not support/i);
  });
});

describe("channelz", { timeout }, () => {
  const call = ["--schema", "test/service/channelz.proto", "http://localhost/grpc.channelz.v1.Channelz/GetServers"];

  it("tells admins of the server's connections", async (test) => {
    const { admin } = await serve(test, { channelz: true });
    const { out, err } = await curl(admin, ...call);
    assert.equal(err, "");
    assert.match(out, /"callsStarted":/);
  });

  it("tells nobody else", async (test) => {
    const { operator } = await serve(test, { channelz: true });
    assert.match((await curl(operator, ...call)).err, /needs the role admin/);
  });

  it("is not there by default", async (test) => {
    const { admin } = await serve(test, {});
    assert.match((await curl(admin, ...call)).err, /unimplemented/i);
  });
});
