/** The library against the connections of the conformance kit that break, and the ways to end a stream. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type Client, connect, renderEventJson, type TraceEvent, type TraceStream } from "ipftrace-client";
import { kit, parseLines, readLines, readMessages, readText } from "./kit.js";
import { type Answer, ReplayServer } from "./replay-server.js";

interface Recorded {
  readonly sessionName: string;
  readonly calls: readonly { readonly messages: string; readonly status: "OK"; readonly resumeToken: string }[];
}

async function clientOf(context: TestContext, server: ReplayServer): Promise<Client> {
  const client = await connect(server.target);
  context.after(() => client.close());
  return client;
}

/** All events, and the name of the error that ended them, if one did. */
async function readAll(stream: TraceStream): Promise<{ events: TraceEvent[]; failure: unknown }> {
  const events: TraceEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
    return { events, failure: undefined };
  } catch (failure) {
    return { events, failure };
  }
}

describe("connections that break", () => {
  for (const name of readdirSync(join(kit, "reconnect"))) {
    test(name, async (context) => {
      const folder = `reconnect/${name}`;
      const { sessionName, calls }: Recorded = JSON.parse(readText(`${folder}/case.json`));
      const answers = calls.map((call): Answer => ({ ...call, messages: readMessages(`${folder}/${call.messages}`) }));
      const server = await ReplayServer.start(context, answers);
      const client = await clientOf(context, server);
      const input = sessionName === "" ? { manifest: "generic" } : { session: sessionName };
      const { events, failure } = await readAll(client.trace(input, { reconnect: { minDelayMs: 0 } }));

      assert.deepEqual(parseLines(events.map(renderEventJson).join("")), readLines(`${folder}/events.jsonl`));
      const text = events.map((event) => (event.type === "journey" ? event.journey.text() : "")).join("");
      assert.equal(text, readText(`${folder}/journeys.txt`));
      assert.equal(server.requests.length, calls.length);
      for (const [index, { session }] of server.requests.entries()) {
        const token = session?.start?.$case === "resumeToken" ? session.start.value : Buffer.alloc(0);
        assert.equal(token.toString("base64"), calls[index]?.resumeToken, `the token of request ${index + 1}`);
        assert.equal(session?.sessionName ?? "", sessionName);
      }
      const last = calls.at(-1)?.status;
      if (last === "OK") assert.equal(failure, undefined);
      else assert.match(String(failure), new RegExp(`${last}`));
    });
  }
});

const recorded = readMessages("cases/icmp-journey.binpb");
const [started, batch] = [recorded.slice(0, 1), recorded.slice(1, 2)];

describe("the end of a stream", () => {
  test("stop() asks the server to stop, and what is still open comes", async (context) => {
    const server = await ReplayServer.start(context, [{ messages: [...started, ...batch] }]);
    const stream = (await clientOf(context, server)).trace();
    const types: string[] = [];
    await assert.rejects(async () => {
      for await (const event of stream) {
        types.push(event.type);
        if (event.type === "started") stream.stop();
      }
    }, /without saying why/);
    assert.deepEqual([types, server.stopped], [["started", "journey", "journey"], [0xfedcba9876543210n]]);
  });

  test("to leave the loop cancels the call", async (context) => {
    const server = await ReplayServer.start(context, [{ messages: [...started, ...batch] }]);
    for await (const event of (await clientOf(context, server)).trace()) if (event.type === "journey") break;
    while (server.cancelled === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test("a signal cancels the call, and the loop ends without an error", async (context) => {
    const server = await ReplayServer.start(context, [{ messages: started }]);
    const abort = new AbortController();
    for await (const event of (await clientOf(context, server)).trace({}, { signal: abort.signal })) {
      assert.equal(event.type, "started");
      abort.abort();
    }
  });

  test("a trace of one's own is not begun again unless that is asked for", async (context) => {
    const server = await ReplayServer.start(context, [{ messages: started, status: "UNAVAILABLE" }]);
    const { events, failure } = await readAll((await clientOf(context, server)).trace());
    assert.deepEqual([events.length, server.requests.length], [1, 1]);
    assert.match(String(failure), /UNAVAILABLE/);
  });

  test("attempts are limited", async (context) => {
    const answer: Answer = { messages: [], status: "UNAVAILABLE" };
    const server = await ReplayServer.start(context, [answer, answer, answer, answer]);
    const reconnect = { minDelayMs: 0, attempts: 2 };
    const { failure } = await readAll((await clientOf(context, server)).trace({}, { reconnect }));
    assert.equal(server.requests.length, 3);
    assert.match(String(failure), /UNAVAILABLE/);
  });

  test("limits of the request go on with the rest", async (context) => {
    const messages = [...started, ...batch];
    const answers: Answer[] = [
      { messages, status: "UNAVAILABLE" },
      { messages, status: "UNAVAILABLE" },
    ];
    const server = await ReplayServer.start(context, answers);
    const options = { maxJourneys: 4n };
    const { events } = await readAll(
      (await clientOf(context, server)).trace({ options }, { reconnect: { minDelayMs: 0 } }),
    );
    assert.equal(events.filter(({ type }) => type === "journey").length, 4);
    assert.deepEqual(
      server.requests.map(({ options: sent }) => sent?.maxJourneys),
      [4n, 2n],
    );
  });
});

test("a server that is not there is an error with the reason", async () => {
  await assert.rejects(connect("unix:/nonexistent/s.sock"), /cannot reach the server at unix:\/nonexistent\/s\.sock: /);
});
