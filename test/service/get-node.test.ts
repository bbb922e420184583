import assert from "node:assert/strict";
import { hostname, release } from "node:os";
import { it } from "node:test";
import { Backend } from "../../src/gen/ipftrace/v1/node.js";
import { version } from "../../src/release/version.js";
import { leastAccess } from "../../src/service/access.js";
import { getNode } from "../../src/service/get-node.js";
import { defaultLimits as limits } from "../../src/service/limits.js";
import { FakeCollector } from "./fake-collector.js";

it("GetNode tells who the node is and what it can do", async () => {
  const answer = await getNode(new FakeCollector(), leastAccess);
  assert.equal(answer.node?.name, hostname());
  assert.equal(answer.node?.kernelRelease, release());
  assert.equal(answer.node?.version, version);
  assert.match(answer.node?.bootId ?? "", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.notEqual(answer.node?.epoch, 0n);
  assert.deepEqual(answer.backends, [{ backend: Backend.BACKEND_TRACEPOINT, available: true, reason: "", remedy: "" }]);
  assert.deepEqual(answer.capabilities, [{ name: "stack", available: true, reason: "" }]);
  assert.deepEqual(answer.limits, limits);
  assert.ok(answer.manifests.includes("generic"));
  assert.deepEqual(answer.features, [
    "filter.tuple",
    "filter.lists",
    "filter.kernel_fields",
    "filter.pcap",
    "filter.where",
    "modules",
    "modules.compiled",
    "sharing",
    "sessions",
    "sampling",
    "rate_limit",
  ]);
});

it("GetNode is of one run: its epoch stays", async () => {
  const [first, second] = [
    await getNode(new FakeCollector(), leastAccess),
    await getNode(new FakeCollector(), leastAccess),
  ];
  assert.equal(first.node?.epoch, second.node?.epoch);
});

it("GetNode reads its clocks together", async () => {
  const before = process.hrtime.bigint();
  const { clock } = await getNode(new FakeCollector(), leastAccess);
  const after = process.hrtime.bigint();
  assert.ok(clock !== undefined);
  assert.ok(clock.monotonicNs >= before && clock.monotonicNs <= after);
  assert.ok(clock.boottimeNs >= clock.monotonicNs, "BOOTTIME goes on while the machine sleeps");
  const apart = Number(clock.realtimeNs / 1_000_000n) - Date.now();
  assert.ok(Math.abs(apart) < 1000, `${apart} ms from the wall clock`);
});
