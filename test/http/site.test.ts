/** Pages in browsers: which may ask, and what they are told. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpServer } from "./http-client.js";

const timeout = 60_000;
const PATH = "/ipftrace.v1.TraceService/GetNode";
const SITE = "https://example.org";
const type = { "content-type": "application/json" };

describe("the host that is asked for, where nothing is encrypted", { timeout }, () => {
  const hosts: [host: string, status: number][] = [
    ["localhost", 200],
    ["LOCALHOST:8080", 200],
    ["127.0.0.1:1", 200],
    ["[::1]:65535", 200],
    ["evil.example", 403],
    ["localhost.evil.example", 403],
    ["127.0.0.1.evil.example:80", 403],
    ["[::2]", 403],
    ["10.0.0.1", 403],
  ];
  for (const [host, status] of hosts) {
    it(`"${host}" is answered with ${status}`, async (test) => {
      const server = await HttpServer.start(test, { tcp: true });
      const answer = await server.ask(PATH, { headers: { ...type, host } });
      assert.equal(answer.status, status, answer.text);
      if (status === 403) assert.match(answer.text, /is not this machine: ask for localhost, 127\.0\.0\.1 or \[::1\]/);
    });
  }

  it("does not matter at a unix socket, which no browser reaches", async (test) => {
    const server = await HttpServer.start(test);
    assert.equal((await server.ask(PATH, { headers: { ...type, host: "any.example" } })).status, 200);
  });
});

describe("a page", { timeout }, () => {
  for (const origin of [SITE, "null", "http://localhost:3000", "http://127.0.0.1"]) {
    it(`of ${origin} may not ask where no site may`, async (test) => {
      const server = await HttpServer.start(test, { tcp: true });
      for (const method of ["POST", "OPTIONS"]) {
        const answer = await server.ask(PATH, { method, headers: { ...type, origin } });
        assert.equal(answer.status, 403);
        assert.equal(answer.headers["access-control-allow-origin"], undefined);
        assert.match(answer.text, /pages of .* may not ask: .* http\.origins/);
      }
    });
  }

  it("of a site that may ask is told so first, and then answered", async (test) => {
    const server = await HttpServer.start(test, { tcp: true, origins: [SITE] });
    const preflight = await server.ask(PATH, { method: "OPTIONS", headers: { origin: SITE }, body: "" });
    const { headers } = preflight;
    assert.deepEqual([preflight.status, headers["access-control-allow-origin"]], [204, SITE]);
    assert.equal(headers["access-control-allow-methods"], "POST");
    assert.match(String(headers["access-control-allow-headers"]), /content-type/);
    assert.equal(headers.vary, "origin");
    const answer = await server.ask(PATH, { headers: { ...type, origin: SITE } });
    assert.deepEqual([answer.status, answer.headers["access-control-allow-origin"]], [200, SITE]);
    assert.equal(answer.headers["access-control-allow-credentials"], undefined);
  });

  it("of another site may not", async (test) => {
    const server = await HttpServer.start(test, { tcp: true, origins: [SITE] });
    for (const origin of ["http://example.org", "https://example.org:8443", "https://example.org.evil.example"]) {
      assert.equal((await server.ask(PATH, { headers: { ...type, origin } })).status, 403, origin);
    }
  });

  it("cannot leave the question out", async (test) => {
    // Types of content that a page may send without asking first.
    const server = await HttpServer.start(test, { tcp: true, origins: [SITE] });
    for (const simple of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const answer = await server.ask(PATH, { headers: { "content-type": simple, origin: SITE } });
      assert.equal(answer.status, 415, simple);
    }
  });
});
