import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Authority } from "../helpers/certificates.js";
import { startTls } from "./tls-server.js";

const CLIENT = fileURLToPath(new URL("client.py", import.meta.url));
/** The system's own, for which the package python3-grpcio is. */
const PYTHON = "/usr/bin/python3";

test("a client in another language meets the same server", { timeout: 120_000 }, async (context) => {
  const { target, authority } = await startTls(context, [{ name: "good", role: "reader" }]);
  const other = new Authority(context, "another");
  const ca = authority.certificate;
  const pair = (from: Authority, cn: string, expired = false): string[] => {
    const { certificate, key } = from.issue({ cn, expired });
    return [certificate, key];
  };
  const cases: [what: string, words: string[], said: RegExp][] = [
    ["a good certificate", [ca, ...pair(authority, "good")], /^SERVING$/],
    ["a name without a role", [ca, ...pair(authority, "bad")], /^PERMISSION_DENIED this server has no role for "bad"/],
    ["no certificate", [ca], /^UNAVAILABLE /],
    ["a certificate of another authority", [ca, ...pair(other, "good")], /^UNAVAILABLE /],
    ["an expired certificate", [ca, ...pair(authority, "good", true)], /^UNAVAILABLE /],
    ["another authority of the server", [other.certificate, ...pair(authority, "good")], /^UNAVAILABLE /],
    ["no TLS", ["-"], /^UNAVAILABLE /],
  ];
  for (const [what, words, said] of cases) {
    const { stdout } = await promisify(execFile)(PYTHON, [CLIENT, target, ...words]);
    assert.match(stdout.trim(), said, what);
  }
});
