import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Answer, clockDifference, findRemote } from "../../../src/cli/doctor/remote.js";
import { Backend, Role } from "../../../src/gen/ipftrace/v1/node.js";
import { GetNodeResponse } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { version } from "../../../src/release/version.js";
import { captureIo } from "../capture.js";
import { run } from "../run.js";

const MS = 1_000_000n;
/** Some time in 2026. */
const NOW = 1_795_000_000_000n * MS;

/** An answer 20 ms after the question, from a clock that is ahead by so much. */
function answerOf(change: { aheadMs?: bigint; version?: string; health?: Answer["health"] }): Answer {
  const node = GetNodeResponse.fromPartial({
    node: { name: "node1", version: change.version ?? "1.2.3" },
    clock: { realtimeNs: NOW + 10n * MS + (change.aheadMs ?? 0n) * MS },
    caller: { identity: "spiffe://example/me", role: Role.ROLE_OPERATOR },
  });
  return { node, health: change.health ?? "SERVING", askedNs: NOW, answeredNs: NOW + 20n * MS };
}

describe("what is found of a server", () => {
  const cases: { what: string; answer: Answer; name: string; state: string; found: RegExp }[] = [
    { what: "all is well", answer: answerOf({}), name: "health", state: "ok", found: /^SERVING$/ },
    {
      what: "not serving",
      answer: answerOf({ health: "NOT_SERVING" }),
      name: "health",
      state: "fault",
      found: /^NOT_SERVING/,
    },
    {
      what: "no health service",
      answer: answerOf({ health: "not told" }),
      name: "health",
      state: "limit",
      found: /no health/,
    },
    {
      what: "the same version",
      answer: answerOf({}),
      name: "version",
      state: "ok",
      found: /^1\.2\.3, as this client$/,
    },
    {
      what: "a newer minor version",
      answer: answerOf({ version: "1.9.0" }),
      name: "version",
      state: "ok",
      found: /goes with/,
    },
    {
      what: "another major version",
      answer: answerOf({ version: "2.0.0" }),
      name: "version",
      state: "limit",
      found: /may not/,
    },
    { what: "a role", answer: answerOf({}), name: "role", state: "ok", found: /^operator, as spiffe:\/\/example\/me$/ },
    {
      what: "a clock like ours",
      answer: answerOf({ aheadMs: 5n }),
      name: "clock",
      state: "ok",
      found: /^5 ms ahead of .* within 10 ms$/,
    },
    {
      what: "a clock ahead",
      answer: answerOf({ aheadMs: 500n }),
      name: "clock",
      state: "limit",
      found: /^500 ms ahead/,
    },
    {
      what: "a clock behind",
      answer: answerOf({ aheadMs: -500n }),
      name: "clock",
      state: "limit",
      found: /^500 ms behind/,
    },
  ];
  for (const { what, answer, name, state, found } of cases) {
    test(what, () => {
      const finding = findRemote(answer, "1.2.3").find((one) => one.name === name);
      assert.equal(finding?.state, state);
      assert.match(finding.found, found);
    });
  }
  test("before 1.0 another minor version may not fit", () => {
    const [, found] = findRemote(answerOf({ version: "0.2.0" }), "0.1.0");
    assert.equal(found?.state, "limit");
  });
});

test("a difference of clocks is measured in the middle of the question", () => {
  assert.deepEqual(clockDifference(answerOf({ aheadMs: 7n })), { aheadMs: 7, uncertaintyMs: 10 });
});

const works = { backend: Backend.BACKEND_KPROBE, available: true };
const refused = { backend: Backend.BACKEND_KPROBE, available: false, reason: "no rights", remedy: "run as root" };

function nodeWith(backend: typeof works | typeof refused): GetNodeResponse {
  return GetNodeResponse.fromPartial({
    node: { name: "node1", version, kernelRelease: "6.12.1", architecture: "x86_64" },
    backends: [backend],
    limits: { maxTraces: 16 },
    manifests: ["generic"],
  });
}

describe("doctor --server", () => {
  test("tells of the server, not of this machine, and succeeds where packets can be traced", async (context) => {
    const { out, err, exitStatus } = await run(context, { getNode: () => nodeWith(works) }, ["doctor"]);
    assert.deepEqual([err, exitStatus], ["", 0]);
    assert.match(out, /^node1: Linux 6\.12\.1, x86_64, ipftrace /);
    assert.match(out, /^max_traces +16$/m);
    assert.match(out, /^A trace uses kprobe,/m);
    assert.doesNotMatch(out, /libbpf/);
  });
  test("fails with the remedy where nothing can be traced", async (context) => {
    const { out, exitStatus } = await run(context, { getNode: () => nodeWith(refused) }, ["doctor"]);
    assert.equal(exitStatus, 1);
    assert.match(out, /^Packets cannot be traced on this kernel\.\nto mend: run as root$/m);
  });
  test("-o json is one object", async (context) => {
    const io = captureIo();
    const { out } = await run(context, { getNode: () => nodeWith(refused) }, ["doctor", "-o", "json"], io);
    const { canTrace, findings, backends, limits } = JSON.parse(out);
    assert.equal(canTrace, false);
    assert.deepEqual(
      findings.map(({ name }: { name: string }) => name),
      ["health", "version", "role", "clock"],
    );
    assert.equal(backends[0].remedy, "run as root");
    assert.equal(limits.maxTraces, 16);
  });
});
