import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommandLine } from "../../src/cli/parse.js";
import { readServeConfig } from "../../src/cli/serve-config.js";

const TLS = ["--tls-cert", "/c", "--tls-key", "/k", "--tls-ca", "/a"];
const IDENTITIES = { IPFTRACE_SECURITY_IDENTITIES: "spiffe://x/*" };

function read(words: readonly string[], env: Record<string, string> = {}) {
  const parsed = parseCommandLine(["serve", ...words]);
  assert.ok("value" in parsed, JSON.stringify(parsed));
  return readServeConfig(parsed.value, { env: { IPFTRACE_CONFIG: "/dev/null", ...env } });
}

test("with certificates TCP is encrypted, and unix sockets stay as they are", () => {
  const { addresses, tls } = read(["--listen", "unix:/s", "--listen", "0.0.0.0:1", ...TLS], IDENTITIES);
  assert.deepEqual(
    addresses.map(({ kind }) => kind),
    ["unix", "tls"],
  );
  assert.deepEqual(tls, {
    certificate: "/c",
    key: "/k",
    clientAuthority: "/a",
    identities: [{ name: "spiffe://x/*", role: "reader", mandatory: undefined }],
  });
});

test("the default is one socket for readers, one for operators", () => {
  const { addresses, tls } = read([]);
  assert.deepEqual(
    addresses.map((address) => address.kind === "unix" && [address.path, address.role]),
    [
      ["/run/ipftrace/ipftraced.sock", "reader"],
      ["/run/ipftrace/operator.sock", "operator"],
    ],
  );
  assert.equal(tls, undefined);
});

test("by HTTP nothing is served, unless an address is given; then as by gRPC", () => {
  assert.deepEqual(read([]).httpAddresses, []);
  const words = ["--insecure", "--http-listen", "unix:/h@operator:wheel", "--http-listen", "localhost:8080"];
  assert.deepEqual(read(words).httpAddresses, [
    { kind: "unix", path: "/h", target: "unix:/h", role: "operator", group: "wheel" },
    { kind: "tcp", target: "localhost:8080" },
  ]);
  const env = { IPFTRACE_HTTP_LISTEN: "[::1]:1", IPFTRACE_HTTP_ORIGINS: "https://a.example,http://localhost:3000" };
  const { httpAddresses, config } = read(TLS, { ...IDENTITIES, ...env });
  assert.deepEqual(httpAddresses, [{ kind: "tls", target: "[::1]:1" }]);
  assert.deepEqual(
    config.http.origins.map(({ origin }) => origin),
    ["https://a.example", "http://localhost:3000"],
  );
});

const refused: [what: string, words: string[], env: Record<string, string>, said: RegExp][] = [
  ["a certificate without its key", TLS.slice(0, 2), IDENTITIES, /needs all of certificate, key and clientAuthority/],
  ["no authority of clients", TLS.slice(0, 4), IDENTITIES, /needs all of certificate, key and clientAuthority/],
  ["TLS that nobody may use", TLS, {}, /security\.identities: is empty, so that no client has a role/],
  ["TLS and --insecure", [...TLS, "--insecure"], IDENTITIES, /all of TCP is encrypted: leave one of both out/],
  ["a file by a relative path", ["--tls-cert", "c", ...TLS.slice(2)], IDENTITIES, /"c" is not an absolute path/],
  [
    "HTTP without anything",
    ["--http-listen", "10.0.0.1:1"],
    {},
    /^.*--http-listen: "10\.0\.0\.1:1" is not on loopback/,
  ],
  ["HTTP on loopback that is not asked for", ["--http-listen", "127.0.0.1:1"], {}, /--http-listen: .* add --insecure/],
  ["every site", [], { IPFTRACE_HTTP_ORIGINS: "*" }, /IPFTRACE_HTTP_ORIGINS: "\*" is not https:\/\/HOST/],
  ["a page", [], { IPFTRACE_HTTP_ORIGINS: "https://a.example/x" }, /; "https:\/\/a\.example" is what a browser sends/],
  ["a site by its usual port", [], { IPFTRACE_HTTP_ORIGINS: "https://a:443" }, /"https:\/\/a" is what a browser sends/],
  ["a site of files", [], { IPFTRACE_HTTP_ORIGINS: "file:///x" }, /"file:\/\/\/x" is not https/],
  ["TCP without anything", ["--listen", "10.0.0.1:1"], {}, /give --tls-cert, --tls-key and --tls-ca/],
];
for (const [what, words, env, said] of refused) {
  test(`serve refuses ${what}`, () => assert.throws(() => read(words, env), said));
}

const conflicts: [words: string[], said: RegExp][] = [
  [["--tls-ca", "a", "generic"], /^--tls-ca a: which server\? give --server HOST:PORT$/],
  [["--tls-ca", "a", "--server", "unix:/s", "generic"], /a unix socket has no TLS/],
  [["--tls-cert", "a", "--server", "h:1", "generic"], /^--tls-cert and --tls-key: give both, or none$/],
  [["serve", "--tls-server-name", "a"], /--tls-server-name: not an option of "ipftrace serve"/],
];
for (const [words, said] of conflicts) {
  test(`"${words.join(" ")}" is refused`, () => {
    const parsed = parseCommandLine(words);
    assert.ok("error" in parsed);
    assert.match(parsed.error, said);
  });
}
