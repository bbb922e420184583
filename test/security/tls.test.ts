import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { Client, credentials, Server, ServerCredentials, type ServiceError, status } from "@grpc/grpc-js";
import type { ServerOptions } from "../../src/cli/client-tls.js";
import { Role } from "../../src/gen/ipftrace/v1/node.js";
import type { Identity } from "../../src/security/identities.js";
import { Authority, readPair } from "../helpers/certificates.js";
import { freePort } from "../helpers/free-port.js";
import { LiveServer } from "../service/live-server.js";
import { getNodeWith, startTls, withPair } from "./tls-server.js";

const timeout = 60_000;

describe("who a client is", { timeout }, () => {
  const identities: Identity[] = [
    { name: "spiffe://cluster/ops/*", role: "operator" },
    { name: "spiffe://cluster/**", role: "reader" },
    { name: "root.example.com", role: "admin" },
    { name: "old-name", role: "reader" },
  ];
  const known: [certificate: Parameters<Authority["issue"]>[0], identity: string, role: Role][] = [
    [
      { cn: "old-name", names: "DNS:root.example.com,URI:spiffe://cluster/ops/ann,URI:spiffe://cluster/x" },
      "spiffe://cluster/ops/ann",
      Role.ROLE_OPERATOR,
    ],
    [{ names: "URI:spiffe://cluster/ops/ann/phone" }, "spiffe://cluster/ops/ann/phone", Role.ROLE_READER],
    [{ cn: "old-name", names: "DNS:root.example.com" }, "root.example.com", Role.ROLE_ADMIN],
    [{ cn: "old-name" }, "old-name", Role.ROLE_READER],
    [{ cn: "old-name", names: "IP:10.0.0.1" }, "old-name", Role.ROLE_READER],
  ];
  const strangers: [what: string, certificate: Parameters<Authority["issue"]>[0], code: status, words: RegExp][] = [
    [
      "a name without a role",
      { names: "URI:spiffe://elsewhere/x" },
      status.PERMISSION_DENIED,
      /^this server has no role for "spiffe:\/\/elsewhere\/x", the name in your certificate: .*security\.identities/,
    ],
    [
      "a URI without a role, whatever else it says",
      { cn: "old-name", names: "URI:spiffe://elsewhere/x" },
      7,
      /no role/,
    ],
    ["a URI in the common name", { cn: "spiffe:\\/\\/cluster\\/ops\\/ann" }, status.UNAUTHENTICATED, /has no name/],
    ["no name", {}, status.UNAUTHENTICATED, /has no name: it needs a URI or a DNS name in subjectAltName, or one CN/],
  ];
  it("follows from the names in its certificate, and so does its role", async (test) => {
    const { target, words } = await startTls(test, identities);
    for (const [certificate, identity, role] of known) {
      const { caller } = await getNodeWith(target, words(certificate));
      assert.deepEqual(caller, { identity, role });
    }
    for (const [what, certificate, code, said] of strangers) {
      await assert.rejects(getNodeWith(target, words(certificate)), (error: ServiceError) => {
        assert.deepEqual([error.code, said.test(error.details)], [code, true], `${what}: ${error.details}`);
        return true;
      });
    }
  });

  it("at a unix socket follows from the socket", async (test) => {
    const server = await LiveServer.start(test, 2000, "@operator");
    const { caller } = await getNodeWith(server.target, {});
    assert.deepEqual(caller, { identity: server.target, role: Role.ROLE_OPERATOR });
  });
});

describe("a connection that is refused", { timeout }, () => {
  it("tells the command line's user why, and what to do", async (test) => {
    const { target, authority, words } = await startTls(test);
    const good = words({ cn: "a" });
    const other = new Authority(test, "another");
    const { tlsCa = "" } = good;
    const cases: [what: string, words: ServerOptions, said: RegExp][] = [
      [
        "no certificate",
        { tlsCa },
        /the server wants a certificate of its clients: give one, with its key; its options are --tls-ca, --tls-cert, /,
      ],
      [
        "a certificate of another authority",
        withPair(authority, other.issue({ cn: "a" })),
        /must be from an authority that the server knows/,
      ],
      [
        "an expired certificate",
        words({ cn: "a", expired: true }),
        /this client.s certificate: it has expired|and not have expired/,
      ],
      ["no TLS", {}, /closed the connection, as a server does that wants TLS; its options are --tls-ca/],
      [
        "another authority of the server",
        { ...good, tlsCa: other.certificate },
        /not from an authority that this client was given/,
      ],
      [
        "another name",
        { ...good, tlsServerName: "other.example" },
        /has another name \(.*localhost.*\): give the name that it has; .* and --tls-server-name$/,
      ],
    ];
    for (const [what, given, said] of cases) {
      await assert.rejects(getNodeWith(target, given), (error: Error) => {
        assert.match(error.message, said, what);
        return true;
      });
    }
    assert.equal((await getNodeWith(target, { ...good, tlsServerName: "localhost" })).caller?.identity, "a");
  });

  it("for its server's certificate, too", async (test) => {
    const authority = new Authority(test);
    const server = new Server();
    test.after(() => server.forceShutdown());
    const serve = async (own: ServerCredentials): Promise<string> => {
      const target = `127.0.0.1:${await freePort()}`;
      await new Promise<void>((resolve, reject) => {
        server.bindAsync(target, own, (error) => (error ? reject(error) : resolve()));
      });
      return target;
    };
    const { cert, key } = readPair(authority.issueServer({ expired: true }));
    const expired = await serve(ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]));
    const plain = await serve(ServerCredentials.createInsecure());
    const given = { tlsCa: authority.certificate };
    await assert.rejects(
      getNodeWith(expired, given),
      /the server's certificate has expired: its operator must renew it;/,
    );
    await assert.rejects(getNodeWith(plain, given), /the server does not speak TLS: connect without;/);
  });

  const files: [what: string, words: (good: ServerOptions) => ServerOptions, said: RegExp][] = [
    ["a file that is not there", (good) => ({ ...good, tlsKey: "/nowhere.key" }), /--tls-key: cannot be read: ENOENT/],
    ["another key", (good) => ({ ...good, tlsKey: "KEY" }), /key values mismatch.*the key that of the certificate/],
    ["no PEM", (good) => ({ ...good, tlsCert: "package.json" }), /tls: the certificates cannot be used: .*must be PEM/],
  ];
  for (const [what, change, said] of files) {
    it(`says of ${what} what is wrong with it`, async (test) => {
      const authority = new Authority(test);
      const changed = change(withPair(authority, authority.issue({ cn: "a" })));
      const tlsKey = changed.tlsKey === "KEY" ? authority.issue({ cn: "b" }).key : changed.tlsKey;
      await assert.rejects(getNodeWith("127.0.0.1:1", { ...changed, ...(tlsKey && { tlsKey }) }), said);
    });
  }
});

describe("TLS", { timeout }, () => {
  const versions: [version: "TLSv1.2" | "TLSv1.3", code: status][] = [
    ["TLSv1.2", status.UNAVAILABLE],
    ["TLSv1.3", status.OK],
  ];
  for (const [version, code] of versions) {
    it(`${version} ${code === status.OK ? "is spoken" : "is refused, also with a good certificate"}`, async (test) => {
      const { target, words } = await startTls(test);
      const { tlsCa = "", tlsCert = "", tlsKey = "" } = words({ cn: "a" });
      const context: SecureContextOptions = {
        ca: readFileSync(tlsCa),
        cert: readFileSync(tlsCert),
        key: readFileSync(tlsKey),
        minVersion: "TLSv1.2",
        maxVersion: version,
      };
      const client = new Client(target, credentials.createFromSecureContext(createSecureContext(context)));
      test.after(() => client.close());
      const got = await new Promise<{ code: status; details: string }>((resolve) => {
        const same = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest("/grpc.health.v1.Health/Check", same, same, Buffer.alloc(0), (error) =>
          resolve(error ?? { code: status.OK, details: "" }),
        );
      });
      assert.equal(got.code, code, got.details);
      if (code !== status.OK) assert.match(got.details, /protocol version/);
    });
  }
});
