/** Traces of this kernel by HTTP, as curl shows them, beside those of the command line. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { parseCommandLine } from "../../src/cli/parse.js";
import { resolveRequest } from "../../src/cli/request-source.js";
import { TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { captureIo } from "../cli/capture.js";
import { bpfDescriptors } from "../helpers/kernel-state.js";
import { ipftrace, Running, serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { whyNotHere } from "./why-not.js";

const SERVICE = "http://localhost/ipftrace.v1.TraceService";
const { left, right } = labAddresses;
/** What is traced, in the words of the command line. */
const WORDS = ["-iv", "4", "-l4", "ICMP", "-s4", left.ipv4, "generic"];

/** The same as a request in JSON. */
function requestOf(words: readonly string[]): object {
  const parsed = parseCommandLine(words);
  assert.ok("value" in parsed);
  const { operand = "", values } = parsed.value;
  const request = resolveRequest(operand, values, captureIo());
  assert.ok("value" in request);
  return TraceRequest.toJSON(request.value) as object;
}

async function start(context: TestContext) {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const socket = join(temporaryFolder(context), "http.sock");
  const { target, server } = await serve(context, undefined, ["--http-listen", `unix:${socket}@reader`]);
  const curl = (method: string, body: object): Running => {
    const type = ["-H", "Content-Type: application/json"];
    const words = ["-sS", "-N", "--unix-socket", socket, ...type, "-d", JSON.stringify(body), `${SERVICE}/${method}`];
    const running = new Running("curl", words);
    context.after(() => running.end("SIGKILL"));
    return running;
  };
  return { lab, target, server, curl };
}

/** Lines that are journeys, in the order of their packets; the others' kinds. */
function journeysOf(out: string): { journeys: string[]; events: string[] } {
  const lines = out.trimEnd().split("\n");
  const kinds = lines.map((line): string | undefined => JSON.parse(line).event);
  return {
    journeys: lines.filter((_, index) => kinds[index] === undefined).sort(),
    events: kinds.filter((kind) => kind !== undefined),
  };
}

kernelTest("curl prints what the command line prints of the same packets", whyNotHere, async (context) => {
  const { lab, target, curl } = await start(context);
  const client = ipftrace(context, ["--server", target, "-o", "jsonl", ...WORDS]);
  await client.until(() => client.err.includes("Trace ready!"), "start");
  // The same request: one trace in the kernel, whose journeys have one number.
  const lines = curl("Trace", requestOf(WORDS));
  await lines.until(() => lines.out.includes('"event":"started"'), "start by HTTP");
  await lab.run("left", ["ping", "-c", "3", "-i", "0.2", "-W", "5", right.ipv4]);
  const count = (out: string): number => out.split('{"journeyId"').length - 1;
  await lines.until(() => count(lines.out) >= 6 && count(client.out) >= 6, "journeys");
  const { traceId } = JSON.parse(lines.out.slice(0, lines.out.indexOf("\n")));
  const stopped = curl("StopTrace", { traceId });
  assert.deepEqual([await stopped.end(), stopped.out], [0, "{}"]);
  assert.equal(await lines.end(), 0, lines.err);
  assert.equal(await client.end("SIGINT"), 0, client.err);
  const { journeys, events } = journeysOf(lines.out);
  assert.ok(journeys.length >= 6);
  assert.deepEqual(journeys, journeysOf(client.out).journeys);
  assert.deepEqual([events[0], events.at(-1)], ["started", "ended"]);
  const last = JSON.parse(lines.out.trimEnd().split("\n").at(-1) ?? "");
  const { account, reason } = last;
  assert.deepEqual([reason, account.lost, account.deliveredJourneys], ["STOPPED", [], String(journeys.length)]);
});

kernelTest("a curl that is killed leaves nothing in the kernel", whyNotHere, async (context) => {
  const { server, curl } = await start(context);
  const lines = curl("Trace", requestOf(WORDS));
  await lines.until(() => lines.out.includes('"event":"started"'), "start by HTTP");
  const pid = server.child.pid ?? 0;
  assert.ok(bpfDescriptors(pid).length > 0);
  await lines.end("SIGKILL");
  await server.until(() => bpfDescriptors(pid).length === 0, "end of the trace");
});

kernelTest("SIGTERM ends a trace by HTTP with its account, then the server with 0", whyNotHere, async (context) => {
  const { server, curl } = await start(context);
  const lines = curl("Trace", requestOf(WORDS));
  await lines.until(() => lines.out.includes('"event":"started"'), "start by HTTP");
  assert.equal(await server.end("SIGTERM"), 0, server.err);
  assert.equal(await lines.end(), 0, lines.err);
  const [ended, error] = lines.out
    .trimEnd()
    .split("\n")
    .slice(-2)
    .map((line) => JSON.parse(line));
  assert.deepEqual([ended.event, ended.reason, error.event, error.code], ["ended", "DRAINING", "error", "unavailable"]);
});
