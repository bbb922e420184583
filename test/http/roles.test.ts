/** Who may do what by HTTP: the same as by gRPC, for every RPC of the contract and every role. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Client, credentials, type StatusObject, status } from "@grpc/grpc-js";
import { failureOf } from "../../src/http/status.js";
import { roles } from "../../src/security/roles.js";
import { rules } from "../../src/security/rules.js";
import { LiveServer } from "../service/live-server.js";
import { contractMethods } from "./contract-methods.js";
import { HttpServer } from "./http-client.js";

const timeout = 60_000;
const same = (bytes: Buffer): Buffer => bytes;
const methods = contractMethods();

/** What comes first of a call with an empty request by gRPC: OK with a message, else how it ended. */
function byGrpc(client: Client, path: string) {
  return new Promise<Pick<StatusObject, "code" | "details">>((resolve) => {
    const call = client.makeServerStreamRequest(path, same, same, Buffer.alloc(0));
    call.on("error", () => {});
    call.on("data", () => {
      resolve({ code: status.OK, details: "" });
      call.cancel();
    });
    call.on("status", resolve);
  });
}

/** The same by HTTP, in the words of gRPC. */
async function byHttp(server: HttpServer, path: string): Promise<{ code: string; details: string }> {
  // A trace in lines ends by itself.
  const body = path.endsWith("/Trace") ? '{"options":{"durationMs":1}}' : "{}";
  const { status: http, text } = await server.ask(path, { body });
  if (http === 200) return { code: "ok", details: "" };
  const { code, message } = JSON.parse(text);
  return { code, details: message };
}

describe("every RPC of the contract is answered by HTTP as by gRPC", { timeout }, () => {
  it("there are some, and all have a rule", () => {
    assert.ok(methods.length >= 12);
    for (const { path } of methods) assert.ok(rules.has(path), path);
  });

  for (const role of roles) {
    it(`to a client with the role ${role}`, async (test) => {
      const live = await LiveServer.start(test, 2000, `@${role}`);
      const server = await HttpServer.start(test, { role, live });
      const client = new Client(live.target, credentials.createInsecure());
      test.after(() => client.close());
      const refused: string[] = [];
      for (const { path } of methods) {
        const [grpc, http] = [await byGrpc(client, path), await byHttp(server, path)];
        const expected = failureOf(grpc)?.error.code ?? "ok";
        assert.equal(http.code, expected, `${path}: ${http.details}`);
        // Each is called by its way in.
        const anonymous = (text: string): string => text.replace(/"unix:[^"]*"/, '"unix:"');
        assert.equal(anonymous(http.details), anonymous(grpc.details), path);
        if (http.code === "permission_denied") refused.push(path);
      }
      const least = role === "reader" ? ["CreateSession", "DeleteSession", "FlushSession"] : [];
      assert.deepEqual(refused.map((path) => path.split("/")[2]).sort(), least);
    });
  }
});

describe("what the guard refuses", { timeout }, () => {
  it("is refused before anything is read of the body", async (test) => {
    const server = await HttpServer.start(test);
    const answer = await server.ask("/ipftrace.v1.SessionService/CreateSession", { body: "no JSON" });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /CreateSession needs the role operator, and \\"unix:.*\\" is reader/);
  });
});
