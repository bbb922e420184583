import assert from "node:assert/strict";
import { test } from "node:test";
import { failureOf } from "../../src/http/status.js";
import { HttpServer } from "../http/http-client.js";
import { readPage } from "./files.js";
import { blocksOf, contractFolder, run, runShell } from "./shell.js";

const PAGE = "docs/http.md";
const timeout = 120_000;
const commands = blocksOf(PAGE, "sh");
/** What the answer to each of them has. */
const answers = [
  /"caller":\{"identity":"unix:.*","role":"ROLE_READER"\}/,
  /"backend":"BACKEND_TRACEPOINT"/,
  /^\{"event":"started",.*\n(?:.*\n)*\{"event":"ended","reason":"LIMIT"/,
  /^\{"code":"invalid_argument","message":"trace\.filtre: ipftrace\.v1\.TraceRequest has no such field \(did you mean/,
  /"TRACE_END_REASON_LIMIT"/,
];

test(`${PAGE} has as many commands as are looked at`, () => assert.equal(commands.length, answers.length));

for (const [index, block] of commands.entries()) {
  test(`${PAGE}: ${block.replaceAll(/\s+/g, " ")}`, { timeout }, async (context) => {
    const { place } = await HttpServer.start(context);
    assert.ok("socketPath" in place);
    const sockets = { "/run/ipftrace/http.sock": place.socketPath };
    const { code, out, err } = await runShell(block, sockets, contractFolder(context));
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, answers[index] ?? /never/);
  });
}

test(`${PAGE}: the program for browsers reads a trace`, { timeout }, async (context) => {
  const [program = "", another] = blocksOf(PAGE, "js");
  assert.equal(another, undefined);
  const { place, live } = await HttpServer.start(context, { tcp: true });
  assert.ok("port" in place);
  const next = live.collector.nextTrace();
  const read = run(
    [process.execPath, "--input-type=module"],
    program.replace("http://localhost:8080", `http://127.0.0.1:${place.port}`),
    contractFolder(context),
  );
  (await next).send([1, 2], 20);
  const { code, out, err } = await read;
  assert.deepEqual([code, err], [0, ""]);
  const journey = `undefined ${"x".repeat(20)}`;
  assert.deepEqual(out.trimEnd().split("\n"), ["started ", journey, journey, "ended LIMIT"]);
});

test(`${PAGE}: the table of errors is the code's`, () => {
  const rows = [...readPage(PAGE).matchAll(/^\| (`.*`) \| (\d+)/gm)].flatMap(([, names = "", http]) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, Number(http)]),
  );
  // Codes that this server's errors have (src/service/status.ts).
  const codes = [3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 16];
  const told = codes.map((code) => {
    const failure = failureOf({ code, details: "" });
    return [failure?.error.code, failure?.http];
  });
  assert.deepEqual(rows.sort(), told.sort());
});
