import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import { type ListenAddress, parseListenAddress } from "../../src/service/listen.js";

describe("parseListenAddress", () => {
  const good: [text: string, insecure: boolean, expected: ListenAddress][] = [
    ["unix:/run/a.sock", false, socket("/run/a.sock")],
    ["unix:/run/a:b c", true, socket("/run/a:b c")],
    [`unix:/${"x".repeat(106)}`, false, socket(`/${"x".repeat(106)}`)],
    ["unix:/a@reader", false, socket("/a")],
    ["unix:/a@operator", false, { ...socket("/a"), role: "operator" }],
    ["unix:/a@admin:net ops", false, { ...socket("/a"), role: "admin", group: "net ops" }],
    ["unix:/a@reader:1000", false, { ...socket("/a"), group: "1000" }],
    ["unix:/run/a@1/s", false, socket("/run/a@1/s")],
    ["unix:/run/a@admin/s@operator", false, { ...socket("/run/a@admin/s"), role: "operator" }],
    ["127.0.0.1:50051", true, { kind: "tcp", target: "127.0.0.1:50051" }],
    ["127.8.9.10:1", true, { kind: "tcp", target: "127.8.9.10:1" }],
    ["localhost:65535", true, { kind: "tcp", target: "localhost:65535" }],
    ["[::1]:0", true, { kind: "tcp", target: "[::1]:0" }],
    ["::1:50051", true, { kind: "tcp", target: "[::1]:50051" }],
    ["127.0.0.1:007", true, { kind: "tcp", target: "127.0.0.1:7" }],
  ];
  for (const [text, insecure, expected] of good) {
    it(`takes ${text.slice(0, 30)}`, () => assert.deepEqual(parseListenAddress(text, { insecure }), expected));
  }

  const bad: [text: string, insecure: boolean, words: RegExp][] = [
    ["", true, /"" is not an address; accepted are unix:PATH\[@ROLE\[:GROUP\]\] and HOST:PORT/],
    ["50051", true, /not an address/],
    [":50051", true, /not an address/],
    ["127.0.0.1", true, /not an address/],
    ["127.0.0.1:", true, /not an address/],
    ["127.0.0.1:http", true, /not an address/],
    ["127.0.0.1:-1", true, /not an address/],
    ["127.0.0.1:65536", true, /not an address/],
    ["127.0.0.1:999999", true, /not an address/],
    ["unix:", false, /needs an absolute path/],
    ["unix:a.sock", false, /needs an absolute path/],
    ["unix://run/a.sock".replace("//", "./"), false, /needs an absolute path/],
    [`unix:/${"x".repeat(107)}`, false, /longer than the 107 bytes/],
    [`unix:/${"ü".repeat(54)}`, false, /longer than the 107 bytes/],
    ["unix:/a@root", false, /"@root" is not a role; accepted are reader, operator, admin/],
    ["unix:/a@", false, /"@" is not a role/],
    ["unix:/a@:group", false, /"@" is not a role/],
    ["unix:/a@1", false, /"@1" is not a role/],
    ["unix:@admin", false, /needs an absolute path/],
    ["127.0.0.1:50051@admin", true, /not an address/],
    ["0.0.0.0:50051", true, /not on loopback/],
    ["[::]:50051", true, /not on loopback/],
    ["192.0.2.1:50051", true, /not on loopback/],
    ["example.com:50051", true, /not on loopback/],
    ["127.0.0.1.example.com:50051", true, /not on loopback/],
    ["localhost.example.com:50051", true, /not on loopback/],
    ["127.0.0.1:50051", false, /without encryption: give --tls-cert.*; or add --insecure/],
    ["[::1]:50051", false, /without encryption/],
  ];
  for (const [text, insecure, words] of bad) {
    it(`refuses "${text.slice(0, 30)}"${insecure ? "" : " without --insecure"}`, () => {
      assert.throws(
        () => parseListenAddress(text, { insecure }),
        (error: unknown) => {
          assert.ok(error instanceof IpftraceError);
          assert.equal(error.code, "INVALID_INPUT");
          assert.equal(error.violations[0]?.field, "--listen");
          assert.match(error.message, words);
          return true;
        },
      );
    });
  }
});

describe("an address of the configuration", () => {
  it("has its role and group beside it, or in it, not both", () => {
    const entry = { address: "unix:/a", role: "operator", group: "net" } as const;
    assert.deepEqual(parseListenAddress(entry), { ...socket("/a"), role: "operator", group: "net" });
    assert.deepEqual(parseListenAddress({ ...entry, role: undefined }), { ...socket("/a"), group: "net" });
    assert.throws(() => parseListenAddress({ ...entry, address: "unix:/a@reader" }), /give them once/);
  });

  it("over TCP is encrypted where there are certificates, also on loopback", () => {
    for (const address of ["127.0.0.1:1", "0.0.0.0:1", "[::]:1", "node.example.com:1"]) {
      assert.deepEqual(parseListenAddress(address, { hasTls: true }), { kind: "tls", target: address });
    }
  });

  it("over TCP has neither", () => {
    const entry = { address: "127.0.0.1:1", role: "admin" } as const;
    assert.throws(
      () => parseListenAddress(entry, { insecure: true }),
      /only unix sockets have; those of TCP follow from certificates/,
    );
  });
});

function socket(path: string): Extract<ListenAddress, { kind: "unix" }> {
  return { kind: "unix", path, target: `unix:${path}`, role: "reader", group: undefined };
}
