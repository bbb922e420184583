import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { connect } from "../../src/cli/client.js";
import { resolveConfig } from "../../src/config/resolve.js";
import { IpftraceError } from "../../src/errors.js";
import { compileFilter } from "../../src/filter/compile.js";
import { Module } from "../../src/gen/ipftrace/v1/custom.js";
import { Filter, IpVersion } from "../../src/gen/ipftrace/v1/filter.js";
import { SessionServiceService as sessionMethods } from "../../src/gen/ipftrace/v1/session_service.js";
import {
  ExplainTraceRequest,
  type ExplainTraceResponse,
  TraceRequest,
} from "../../src/gen/ipftrace/v1/trace_service.js";
import type { Identity } from "../../src/security/identities.js";
import { maySee } from "../../src/security/mandatory.js";
import { leastAccess } from "../../src/service/access.js";
import { mandatoryFilter, resolveMandatory } from "../../src/service/mandatory.js";
import { checkRequest } from "../../src/service/request.js";
import { startTls, type TlsServer } from "../security/tls-server.js";
import { TracedCall } from "./live-server.js";

/** The filter of an identity with these lines of YAML. */
function mandatoryOf(yaml: string) {
  const lines = yaml.split("\n").map((line) => `      ${line}\n`);
  const text = `security:\n  identities:\n    - name: a\n${lines.join("")}`;
  const { config } = resolveConfig({ flags: new Map(), environment: {}, file: { path: "f.yaml", text } });
  const [identity] = config.security.identities;
  assert.ok(identity !== undefined);
  return mandatoryFilter(identity);
}

describe("a mandatory filter in the configuration", () => {
  it("has the conditions of the contract", () => {
    const mandatory = mandatoryOf(`allow:
  - 10.0.0.0/8
  - ipVersion: 6
    l4Protocols: TCP, 17
    destinationPorts: 80, 443
    interfaceNames: eth0
    netns: inode:7, blue
    direction: forward
deny:
  - sourceIpv4: 10.1.1.1`);
    const { allow, deny } = mandatory?.filter ?? Filter.create();
    assert.deepEqual(
      [...allow, ...deny].map(({ sourceIpv4, ipVersion, direction }) => ({ sourceIpv4, ipVersion, direction })),
      [
        { sourceIpv4: ["10.0.0.0/8"], ipVersion: 4, direction: 1 },
        { sourceIpv4: [], ipVersion: 6, direction: 2 },
        { sourceIpv4: ["10.1.1.1"], ipVersion: 4, direction: 1 },
      ],
    );
    assert.deepEqual(
      [allow[1]?.l4Protocols, allow[1]?.destinationPorts, allow[1]?.interfaceNames],
      [[6, 17], [80, 443], ["eth0"]],
    );
    assert.deepEqual(
      allow[1]?.netns.map(({ namespace }) => namespace?.value),
      [7, "blue"],
    );
  });

  it("of addresses of one family lets nothing of the other through", () => {
    for (const [yaml, version] of [
      ["allow: [10.0.0.0/8]", IpVersion.IP_VERSION_4],
      ["allow: [{sourceIpv6: 'fc00::/7'}]", IpVersion.IP_VERSION_6],
      ["allow: [{sourceIpv4: 10.0.0.0/8, sourceIpv6: 'fc00::/7'}]", IpVersion.IP_VERSION_UNSPECIFIED],
    ] as const) {
      assert.equal(mandatoryOf(yaml)?.filter.allow[0]?.ipVersion, version);
    }
  });

  it("is none without lists, and has equal keys where it is equal", () => {
    assert.equal(mandatoryOf("role: reader"), undefined);
    const [one, same, other] = ["allow: [10.0.0.0/8]", "role: admin\nallow: [10.0.0.0/8]", "deny: [10.0.0.0/8]"].map(
      mandatoryOf,
    );
    assert.equal(one?.key, same?.key);
    assert.deepEqual([maySee(one, same), maySee(one, other), maySee(one, undefined)], [true, false, false]);
    assert.deepEqual([maySee(undefined, one), maySee(undefined, undefined)], [true, true]);
  });

  const bad: [yaml: string, said: RegExp][] = [
    ["allow: [10.0.0.0/33]", /f\.yaml:4:15: .*"10\.0\.0\.0\/33"/],
    ["allow: [{destinationPorts: '80,x'}]", /f\.yaml:4:34: .*"x"/],
    ["allow: [{ports: 80}]", /"ports" is not known/],
    ["allow: [{netns: ../../etc}]", /"\.\.\/\.\.\/etc"/],
    ["deny: 10.0.0.0/8", /give a list/],
  ];
  for (const [yaml, said] of bad) it(`refuses ${yaml}`, () => assert.throws(() => mandatoryOf(yaml), said));
});

describe("a request under a mandatory filter", () => {
  const mandatory = mandatoryOf("allow: [10.0.0.0/8]");
  const access = { ...leastAccess, mandatory };

  it("is asked in the kernel for both", () => {
    const filter = Filter.fromPartial({ allow: [{ l4Protocols: [6] }] });
    const { spec, ...checked } = checkRequest(TraceRequest.fromPartial({ filter }), access);
    assert.deepEqual(spec.filter, compileFilter(filter, mandatory?.filter ?? filter));
    assert.deepEqual([checked.filter, checked.mandatoryFilter], [filter, mandatory?.filter]);
    assert.notDeepEqual(spec.filter, checkRequest(TraceRequest.fromPartial({ filter })).spec.filter);
  });

  it("cannot be answered with packets that are not IP", () => {
    const asked = TraceRequest.fromPartial({ filter: { pcapExpression: "arp" } });
    assert.equal(checkRequest(asked).spec.followsAnyProtocol, true);
    assert.equal(checkRequest(asked, access).spec.followsAnyProtocol, false);
  });

  it("brings no code, whatever the role", () => {
    const modules = [Module.fromPartial({ name: "mine", object: Buffer.from("x") })];
    const asked = TraceRequest.fromPartial({ modules });
    checkRequest(asked, { ...access, mandatory: undefined, role: "operator" });
    for (const role of ["operator", "admin"] as const) {
      assert.throws(
        () => checkRequest(asked, { ...access, role }),
        /"mine" is a compiled module: code can read more than/,
      );
    }
  });

  it("is refused while a network namespace is not there", () => {
    assert.throws(
      () => resolveMandatory(mandatoryOf("deny: [{netns: no-such-namespace}]")),
      (error) =>
        error instanceof IpftraceError && error.code === "FORBIDDEN" && /no-such-namespace/.test(error.message),
    );
  });
});

describe("clients under mandatory filters", { timeout: 60_000 }, () => {
  const narrow = mandatoryOf("allow: [10.0.0.0/8]");
  const identities: Identity[] = [
    { name: "narrow*", role: "operator", mandatory: narrow },
    { name: "other", role: "operator", mandatory: mandatoryOf("allow: [10.0.0.1]") },
    { name: "free", role: "operator" },
  ];

  async function clientOf(test: TestContext, { target, words }: TlsServer, cn: string) {
    const client = await connect(target, words({ cn }));
    test.after(() => client.close());
    return client;
  }

  /** Asks SessionService over the connection of a client of TraceService. */
  function askSessions(
    client: Awaited<ReturnType<typeof clientOf>>,
    method: keyof typeof sessionMethods,
    request: object,
  ) {
    const { path, requestSerialize, responseDeserialize } = sessionMethods[method];
    const read: (bytes: Buffer) => unknown = responseDeserialize;
    return new Promise<{ error: ServiceError | null; answer: unknown }>((resolve) => {
      const done = (error: ServiceError | null, answer: unknown) => resolve({ error, answer });
      client.makeUnaryRequest(path, requestSerialize as (value: object) => Buffer, read, request, new Metadata(), done);
    });
  }

  it("are told of them, and share traces only with their like", async (test) => {
    const server = await startTls(test, identities);
    const [one, same, other, free] = await Promise.all(
      ["narrow1", "narrow2", "other", "free"].map((cn) => clientOf(test, server, cn)),
    );
    assert.ok(one && same && other && free);
    const calls: TracedCall[] = [];
    for (const client of [one, same, other, free]) {
      const call = new TracedCall(client);
      await call.traceId();
      calls.push(call);
    }
    assert.equal(server.collector.traces.length, 3);
    const told = calls.map(
      ({ responses: [first] }) => first?.event?.$case === "started" && first.event.value.mandatoryFilter,
    );
    assert.deepEqual([told[0], told[1], told[3]], [narrow?.filter, narrow?.filter, undefined]);
    const explained = await new Promise<ExplainTraceResponse>((resolve, reject) => {
      const request = ExplainTraceRequest.fromPartial({ trace: { filter: { allow: [{ l4Protocols: [6] }] } } });
      one.explainTrace(request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
    assert.deepEqual(
      explained.filterParts.map(({ field, description }) => `${field}: ${description}`),
      [
        "filter.allow[0].l4_protocols: transport TCP",
        "mandatory_filter.allow[0].ip_version: IPv4",
        "mandatory_filter.allow[0].source_ipv4: IPv4 source 10.0.0.0/8",
      ],
    );
    assert.deepEqual(explained.mandatoryFilter, narrow?.filter);
  });

  it("see only sessions that were made under the same", async (test) => {
    const server = await startTls(test, identities);
    const [one, same, other, free] = await Promise.all(
      ["narrow1", "narrow2", "other", "free"].map((cn) => clientOf(test, server, cn)),
    );
    assert.ok(one && same && other && free);
    for (const [client, name] of [
      [one, "of-one"],
      [free, "of-free"],
    ] as const) {
      const { error } = await askSessions(client, "createSession", {
        name,
        history: undefined,
        expireAfterMs: 0,
        trace: undefined,
      });
      assert.equal(error, null);
    }
    const seen = async (client: typeof one): Promise<string[]> => {
      const { answer } = await askSessions(client, "listSessions", {});
      return (answer as { sessions: { name: string }[] }).sessions.map(({ name }) => name);
    };
    assert.deepEqual([await seen(one), await seen(same)], [["of-one"], ["of-one"]]);
    assert.deepEqual([await seen(other), (await seen(free)).sort()], [[], ["of-free", "of-one"]]);
    for (const [client, name, code] of [
      [same, "of-one", undefined],
      [other, "of-one", status.NOT_FOUND],
      [one, "of-free", status.NOT_FOUND],
    ] as const) {
      for (const method of ["getSession", "flushSession"] as const) {
        const { error } = await askSessions(client, method, { name, timeoutMs: 5000 });
        assert.equal(error?.code, code, `${method} ${name}`);
      }
      if (code === undefined) continue;
      const { error } = await askSessions(client, "deleteSession", { name });
      assert.equal(error?.code, code);
      const attached = new TracedCall(client, TraceRequest.fromPartial({ session: { sessionName: name } }));
      assert.equal((await attached.ended).code, code);
    }
  });
});
