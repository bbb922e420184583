import assert from "node:assert/strict";
import { test } from "node:test";
import { dispatch } from "../../src/cli/dispatch.js";
import { FunctionState, TraceableFunction } from "../../src/gen/ipftrace/v1/manifest.js";
import type { ListFunctionsRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { captureIo } from "./capture.js";
import { startFake } from "./fake-server.js";

const functions = [
  { name: "ip_rcv", group: "ipv4", module: "vmlinux", skbPosition: 1, state: FunctionState.FUNCTION_STATE_ATTACHABLE },
  {
    name: "ip_finish_output2",
    group: "ipv4",
    state: FunctionState.FUNCTION_STATE_NOT_FOUND,
    reason: "compiled into its callers",
  },
].map((one) => ({ ...TraceableFunction.fromPartial({}), ...one }));

/** Lists through a fake server that has one function a page. */
async function runList(words: string[]) {
  const requests: ListFunctionsRequest[] = [];
  const server = await startFake({
    listFunctions: (request) => {
      requests.push(request);
      const index = Number(request.pageToken);
      const page = functions.slice(index, index + 1);
      return { functions: page, nextPageToken: index === 0 ? "1" : "", totalSize: functions.length };
    },
  });
  const io = captureIo();
  try {
    const exitStatus = await dispatch(["list", ...words, "--server", server.target], io);
    return { exitStatus, requests, out: io.outText(), err: io.errText() };
  } finally {
    server.stop();
  }
}

test("a table of all pages", async () => {
  const { exitStatus, requests, out, err } = await runList(["generic"]);
  assert.equal(err, "");
  assert.equal(exitStatus, 0);
  assert.equal(
    out,
    "NAME               GROUP    MODULE      POS  STATE       REASON\n" +
      "ip_rcv             ipv4     vmlinux       1  ATTACHABLE\n" +
      "ip_finish_output2  ipv4                      NOT_FOUND   compiled into its callers\n",
  );
  assert.deepEqual(
    requests.map(({ manifestSource, pageToken, pageSize }) => [manifestSource?.value, pageToken, pageSize]),
    [
      ["generic", "", 1000],
      ["generic", "1", 1000],
    ],
  );
});

test("every page is asked for with the same expression for names", async () => {
  const { requests } = await runList(["--function", "^ip_", "all"]);
  assert.deepEqual(
    requests.map(({ manifestSource, functionRegex }) => [manifestSource?.value, functionRegex]),
    [
      ["all", "^ip_"],
      ["all", "^ip_"],
    ],
  );
});

test("without a manifest every function is asked for", async () => {
  const { requests } = await runList([]);
  assert.equal(requests[0]?.manifestSource, undefined);
});

test("JSON lines", async () => {
  const { out } = await runList(["-o", "jsonl", "generic"]);
  assert.equal(
    out.split("\n")[0],
    '{"name":"ip_rcv","group":"ipv4","module":"vmlinux","skbPosition":1,"egress":false,"state":"ATTACHABLE","reason":""}',
  );
});

test("a manifest that does not exist is a usage error; one that is broken is not", async () => {
  const missing = await runList(["no-such.yaml"]);
  assert.equal(missing.exitStatus, 2);
  assert.match(missing.err, /^ipftrace: MANIFEST_FILE "no-such\.yaml": no such file, and no shipped manifest[^\n]*\n$/);
  const broken = await runList([import.meta.filename]);
  assert.equal(broken.exitStatus, 1);
  assert.match(broken.err, /^ipftrace: .*list\.test\.ts:\d+:\d+: /);
});
