import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { dispatch } from "../../src/cli/dispatch.js";
import { LiveServer } from "../service/live-server.js";
import { captureIo } from "./capture.js";

/** Runs ipftrace on a server. */
async function run(server: LiveServer, ...words: string[]) {
  const io = captureIo();
  const exitStatus = await dispatch([...words, "--server", server.target], io);
  return { exitStatus, out: io.outText(), err: io.errText() };
}

/** A server with a session that has three journeys. */
async function withSession(context: TestContext, ...words: string[]) {
  const server = await LiveServer.start(context, 2000, "@operator");
  const next = server.collector.nextTrace();
  const started = await run(server, "--detach", "web", "-l4", "TCP", "generic", ...words);
  const trace = await next;
  trace.send([1, 2]);
  trace.send([3]);
  trace.events.totals(trace.totals);
  return { server, started, trace };
}

/** Numbers of the journeys in JSON lines. */
function idsOf(out: string): number[] {
  return out
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => Number(JSON.parse(line).journeyId));
}

describe("sessions on the command line", () => {
  test("--detach starts one and says how to read it", async (context) => {
    const { server, started, trace } = await withSession(context, "--history-bytes", "1M", "--history-age", "1h");
    assert.equal(started.exitStatus, 0);
    assert.equal(
      started.err,
      `session web traces 1 functions; read it: ipftrace --server ${server.target} --attach web\n`,
    );
    const shown = await run(server, "session", "show", "web", "-o", "jsonl");
    const session = JSON.parse(shown.out);
    assert.deepEqual(
      [session.name, session.state, session.maxBytes, session.maxAgeMs, session.journeys],
      ["web", "RUNNING", "1048576", 3_600_000, "3"],
    );
    assert.equal(trace.stops, 0);
  });

  const reads: [words: string[], ids: number[]][] = [
    [
      ["--from", "oldest"],
      [1, 2, 3],
    ],
    [
      ["--from", "2"],
      [2, 3],
    ],
    [
      ["--from", "1h"],
      [1, 2, 3],
    ],
    [["--from", "now"], []],
    [[], []],
    [["--from", "oldest", "-c", "1"], [1]],
  ];
  for (const [words, ids] of reads) {
    test(`--attach web --no-follow ${words.join(" ")}`, async (context) => {
      const { server } = await withSession(context);
      const { exitStatus, out, err } = await run(server, "--attach", "web", "--no-follow", "-o", "jsonl", ...words);
      assert.equal(exitStatus, 0, err);
      assert.deepEqual(idsOf(out), ids);
      assert.match(err, /, 0 lost \(seen \d+, filtered 0\)\n/);
    });
  }

  test("list is a table that aligns, delete tells what was there, and what is deleted is gone", async (context) => {
    const { server, trace } = await withSession(context);
    const { out } = await run(server, "session", "list");
    const [head = "", row = "", ...rest] = out.split("\n");
    assert.match(head, /^NAME +STATE +JOURNEYS +BYTES +FORGOTTEN +LOST +READERS +SINCE$/);
    assert.match(row, /^web +running +3 +\d+ +0 +0 +0 +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(rest, [""]);
    assert.equal((await run(server, "session", "flush", "web")).exitStatus, 0);
    assert.equal((await run(server, "session", "delete", "web")).exitStatus, 0);
    assert.equal(trace.stops, 1);
    const gone = await run(server, "session", "show", "web");
    assert.equal(gone.exitStatus, 1);
    assert.match(gone.err, /there is no session "web" on this server/);
  });

  test("a reader of a session that is deleted is told so", async (context) => {
    const { server } = await withSession(context);
    const reading = run(server, "--attach", "web", "--from", "oldest", "-o", "jsonl");
    const attached = async () => JSON.parse((await run(server, "session", "show", "web", "-o", "jsonl")).out);
    while ((await attached()).attachedStreams === 0);
    await run(server, "session", "delete", "web");
    const { exitStatus, out, err } = await reading;
    assert.deepEqual(idsOf(out), [1, 2, 3]);
    assert.match(err, /the session was deleted/);
    assert.equal(exitStatus, 1);
  });

  const faults: [words: string[], words: RegExp][] = [
    [["--attach", "web"], /--attach: sessions live on a server; give --server ADDRESS/],
    [["--detach", "web", "generic"], /--detach: sessions live on a server/],
    [["--from", "oldest", "generic"], /--from: goes with --attach NAME, which is missing/],
    [["--history-age", "5m", "generic"], /--history-age: goes with --detach NAME/],
    [
      ["--attach", "web", "--server", "unix:/x", "generic"],
      /"generic" and --attach: a session has functions of its own/,
    ],
    [["--attach", "web", "--server", "unix:/x", "-l4", "TCP"], /-l4 and --attach: what is traced is the session's own/],
    [["--attach", "web", "--server", "unix:/x", "--detach", "y"], /--detach and --attach/],
    [["--attach", "web", "--server", "unix:/x", "--from", "yesterday"], /--from: "yesterday" is no place to begin at/],
    [["session", "show"], /sessions live on a server; give --server ADDRESS/],
    [["session", "show", "--server", "unix:/x"], /NAME is missing: the session to show/],
    [["session", "stop", "x"], /"stop" is no ACTION that is known \(list, show, delete, flush\)/],
  ];
  for (const [words, expected] of faults) {
    test(`refuses ${words.join(" ")}`, async () => {
      const io = captureIo();
      assert.equal(await dispatch(words, io), 2);
      assert.match(io.errText(), expected);
    });
  }

  test("a reader may not start one, and is told where to ask", async (context) => {
    const server = await LiveServer.start(context);
    const { exitStatus, err } = await run(server, "--detach", "web", "generic");
    assert.equal(exitStatus, 1);
    assert.match(err, /CreateSession needs the role operator/);
  });
});
