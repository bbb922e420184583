/** HTTP with TLS: who asks follows from the certificate, and so does what may be asked. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { readConfigText } from "../../src/config/file.js";
import { configTable } from "../../src/config/table.js";
import { compileFilter } from "../../src/filter/compile.js";
import { Filter } from "../../src/gen/ipftrace/v1/filter.js";
import { openDoor } from "../../src/http/door.js";
import type { Identity } from "../../src/security/identities.js";
import { parseListenAddress } from "../../src/service/listen.js";
import { mandatoryFilter } from "../../src/service/mandatory.js";
import { Authority, type Names } from "../helpers/certificates.js";
import { startTls } from "../security/tls-server.js";

const timeout = 60_000;
const GET_NODE = "/ipftrace.v1.TraceService/GetNode";
const TRACE = "/ipftrace.v1.TraceService/Trace";

interface Asked {
  readonly path?: string;
  readonly body?: string;
  readonly version?: "TLSv1.2" | "TLSv1.3";
}

/** A server with TLS by HTTP. */
async function start(test: TestContext, identities: readonly Identity[]) {
  const { server, authority, collector, files } = await startTls(test, identities);
  const address = parseListenAddress("127.0.0.1:0", { hasTls: true });
  const door = await openDoor({ addresses: [address], origins: [] }, server.inside);
  test.after(() => door.stop());
  const ask = async (names: Names | undefined, { path = GET_NODE, body = "{}", version = "TLSv1.3" }: Asked = {}) => {
    const pair = names && authority.issue(names);
    const own = pair && { cert: readFileSync(pair.certificate), key: readFileSync(pair.key) };
    const out = request({
      host: "127.0.0.1",
      port: door.ports[0],
      path,
      method: "POST",
      headers: { "content-type": "application/json" },
      agent: false,
      ca: readFileSync(authority.certificate),
      maxVersion: version,
      ...own,
    });
    out.end(body);
    const [answer] = (await once(out, "response")) as [IncomingMessage];
    const shown: PeerCertificate = (answer.socket as TLSSocket).getPeerCertificate();
    return { status: answer.statusCode, body: JSON.parse(await text(answer)), shown: shown.subject.CN };
  };
  return { ask, server, authority, collector, files };
}

/** The filter that an identity of the configuration demands. */
function mandatoryOf(yaml: string): ReturnType<typeof mandatoryFilter> {
  const file = `security:\n  identities:\n  - name: a\n    ${yaml}\n`;
  const read = readConfigText(file, "f.yaml", configTable).get("security.identities")?.value;
  const [identity] = read as Parameters<typeof mandatoryFilter>[0][];
  assert.ok(identity !== undefined);
  return mandatoryFilter(identity);
}

describe("a client by HTTP with a certificate", { timeout }, () => {
  it("has the role of its name", async (test) => {
    const { ask } = await start(test, [
      { name: "spiffe://cluster/ops/*", role: "operator" },
      { name: "old", role: "reader" },
    ]);
    const { body } = await ask({ cn: "old", names: "URI:spiffe://cluster/ops/ann" });
    assert.deepEqual(body.caller, { identity: "spiffe://cluster/ops/ann", role: "ROLE_OPERATOR" });
    assert.equal((await ask({ cn: "old" })).body.caller.role, "ROLE_READER");
    const stranger = await ask({ cn: "new" });
    assert.deepEqual([stranger.status, stranger.body.code], [403, "permission_denied"]);
    assert.match(stranger.body.message, /^this server has no role for "new", the name in your certificate/);
    const nameless = await ask({});
    assert.deepEqual([nameless.status, nameless.body.code], [401, "unauthenticated"]);
  });

  it("is not served without one, with another authority's, with one whose time is over, or by TLS 1.2", async (test) => {
    const { ask, authority } = await start(test, [{ name: "**", role: "reader" }]);
    await assert.rejects(ask(undefined), /certificate required|ECONNRESET|socket hang up/);
    await assert.rejects(ask({ cn: "a", expired: true }), /expired|ECONNRESET|socket hang up/);
    await assert.rejects(ask({ cn: "a" }, { version: "TLSv1.2" }), /version|ECONNRESET/);
    const other = new Authority(test, "other");
    const real = authority.issue.bind(authority);
    authority.issue = (names) => other.issue(names);
    await assert.rejects(ask({ cn: "a" }), /unknown ca|ECONNRESET|socket hang up/);
    authority.issue = real;
    assert.equal((await ask({ cn: "a" })).status, 200);
  });

  it("sees only the packets that it may", async (test) => {
    const mandatory = mandatoryOf("allow: [10.0.0.0/8]");
    const { ask, collector } = await start(test, [{ name: "narrow", role: "operator", mandatory }]);
    const filter = { allow: [{ l4Protocols: [6] }] };
    const body = JSON.stringify({ filter, options: { durationMs: 1 } });
    const out = ask({ cn: "narrow" }, { path: TRACE, body });
    // Several lines are no JSON.
    await assert.rejects(out, SyntaxError);
    const asked = Filter.fromPartial(filter);
    assert.deepEqual(collector.traces[0]?.spec.filter, compileFilter(asked, mandatory?.filter ?? asked));
    assert.notDeepEqual(collector.traces[0]?.spec.filter, compileFilter(asked));
    const module = { name: "m", object: "AA==" };
    const refused = await ask({ cn: "narrow" }, { path: TRACE, body: JSON.stringify({ modules: [module] }) });
    assert.equal(refused.status, 403);
    assert.match(
      refused.body.message,
      /code can read more than the packets that this server's operator lets you trace/,
    );
  });

  it("is shown new certificates as soon as they are there", async (test) => {
    const { ask, server, authority, files } = await start(test, [{ name: "**", role: "reader" }]);
    assert.equal((await ask({ cn: "a" })).shown, "server");
    const { certificate, key } = authority.issueServer({ cn: "second" });
    copyFileSync(key, files.key);
    copyFileSync(certificate, files.certificate);
    await server.listeners.look();
    assert.equal((await ask({ cn: "a" })).shown, "second");
  });
});
