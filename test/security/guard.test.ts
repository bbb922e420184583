import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  Client,
  credentials,
  Metadata,
  Server,
  type ServerUnaryCall,
  type ServiceDefinition,
  type StatusObject,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { type Caller, callerOf } from "../../src/security/caller.js";
import { PlainCredentials } from "../../src/security/credentials.js";
import { guard } from "../../src/security/guard.js";
import { includesRole, type Role, roles } from "../../src/security/roles.js";
import { rules } from "../../src/security/rules.js";
import { toStatus } from "../../src/service/status.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { LiveServer } from "../service/live-server.js";

const timeout = 60_000;
const refusals = new Set([status.PERMISSION_DENIED, status.UNAUTHENTICATED]);
const same = (bytes: Buffer): Buffer => bytes;

/** What comes first of a call with an empty request: OK with a message, else how it ended. */
function firstOf(client: Client, path: string, metadata = new Metadata()) {
  return new Promise<Pick<StatusObject, "code" | "details">>((resolve) => {
    const call = client.makeServerStreamRequest(path, same, same, Buffer.alloc(0), metadata);
    call.on("error", () => {});
    call.on("data", () => {
      resolve({ code: status.OK, details: "" });
      call.cancel();
    });
    call.on("status", resolve);
  });
}

function clientOf(test: TestContext, target: string): Client {
  const client = new Client(target, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  test.after(() => client.close());
  return client;
}

/** Who called what, and who was turned away, at a server that has every RPC with a rule, and one without. */
async function stubServer(test: TestContext, role: Role) {
  const target = `unix:${join(temporaryFolder(test), "s")}`;
  const seen: Caller[] = [];
  const refused: Partial<Caller>[] = [];
  const server = new Server();
  const methods: Record<string, ServiceDefinition[string]> = {};
  const handlers: UntypedServiceImplementation = {};
  for (const path of [...rules.keys(), "/ipftrace.v1.TraceService/New"]) {
    methods[path] = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    handlers[path] = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
      seen.push(callerOf(call.metadata));
      done(null, Buffer.alloc(0));
    };
  }
  server.addService(methods, handlers);
  const identify = () => ({ identity: "unix:/s", role, mandatory: undefined });
  const events = { refused: (_path: string, who: Partial<Caller>) => void refused.push(who) };
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(target, new PlainCredentials([guard(identify, events, toStatus)]), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  test.after(() => server.forceShutdown());
  return { client: clientOf(test, target), seen, refused };
}

describe("every RPC that has a rule, for every role", { timeout }, () => {
  for (const role of roles) {
    it(`${role}: is let in as the rule says, or turned away before its handler`, async (test) => {
      const { client, seen, refused } = await stubServer(test, role);
      for (const [path, least] of rules) {
        const { code, details } = await firstOf(client, path);
        assert.equal(code, includesRole(role, least) ? status.OK : status.PERMISSION_DENIED, `${path}: ${details}`);
        if (code !== status.OK) {
          assert.match(
            details,
            new RegExp(`^${path.slice(1)} needs the role ${least}, and "unix:/s" is ${role}: ask at`),
          );
        }
      }
      const allowed = [...rules.values()].filter((least) => includesRole(role, least)).length;
      assert.deepEqual([seen.length, refused.length], [allowed, rules.size - allowed]);
      assert.deepEqual(new Set(seen.map((caller) => caller.role)), new Set([role]));
    });
  }

  it("without a rule an RPC is nobody's, not even an admin's", async (test) => {
    const { client, seen } = await stubServer(test, "admin");
    const { code, details } = await firstOf(client, "/ipftrace.v1.TraceService/New");
    assert.deepEqual(
      [code, details],
      [status.PERMISSION_DENIED, "this server lets nobody call ipftrace.v1.TraceService/New"],
    );
    assert.deepEqual(seen, []);
  });
});

describe("every RPC of the real server", { timeout }, () => {
  for (const role of roles) {
    it(`${role}: the rules hold`, async (test) => {
      const server = await LiveServer.start(test, 2000, `@${role}`);
      const client = clientOf(test, server.target);
      const served = new Set<string>();
      for (const [path, least] of rules) {
        const { code, details } = await firstOf(client, path);
        // A service that is off is nobody's.
        if (code === status.UNIMPLEMENTED) continue;
        served.add(path);
        assert.equal(!refusals.has(code), includesRole(role, least), `${path}: ${code} ${details}`);
      }
      assert.ok(served.has("/ipftrace.v1.TraceService/Trace") && served.has("/grpc.health.v1.Health/Check"));
    });
  }
});

describe("the id of a request", { timeout }, () => {
  const ids: [given: string | undefined, kept: boolean][] = [
    ["a1-B2_c3.d:4", true],
    ["x".repeat(64), true],
    [undefined, false],
    ["", false],
    ["x".repeat(65), false],
    ['"},{"audit":true', false],
    ["a b", false],
  ];
  for (const [given, isKept] of ids) {
    it(`${given} ${isKept ? "is the client's" : "is made by the server"}`, async (test) => {
      const { client, seen } = await stubServer(test, "reader");
      const metadata = new Metadata();
      if (given !== undefined) metadata.set("x-request-id", given);
      await firstOf(client, "/ipftrace.v1.TraceService/GetNode", metadata);
      const id = seen[0]?.requestId ?? "";
      if (isKept) assert.equal(id, given);
      else assert.match(id, /^[0-9a-f]{16}$/);
    });
  }
});
