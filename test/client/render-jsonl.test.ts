import assert from "node:assert/strict";
import { test } from "node:test";
import { customReader } from "../../src/client/custom-values.js";
import { renderJourneyJson } from "../../src/client/render-jsonl.js";
import { noNames } from "../../src/client/trace-names.js";
import type { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import { DropReason, Hop, JourneyLink, PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { echoRequest, flow, gso, gsoSchema, journey } from "./fixtures.js";

const stack = ["ip_rcv+0x1", "[unknown]"];
const names = {
  ...noNames(),
  functions: new Map([[7, "ip_rcv"]]),
  interfaces: new Map([["1/1", "eth0"]]),
  stacks: new Map([[1, stack]]),
};

test("one line, with every key in its place", () => {
  const [first] = renderJourneyJson({ ...echoRequest, hops: echoRequest.hops.slice(0, 1) }, names).split("\n");
  assert.equal(
    first,
    '{"journeyId":"1","startTimeNs":"1980357215835183","durationNs":"0",' +
      '"flow":{"l3Protocol":2048,"l4Protocol":1,"source":"10.0.1.10","destination":"10.0.1.11",' +
      '"sourcePort":0,"destinationPort":0,"laterFragment":false},' +
      '"endReason":"EGRESS","completeness":"COMPLETE","lostHops":0,"links":[],' +
      '"hops":[{"function":"ip_output","deltaNs":"0","cpu":0,"interface":"","ifindex":0,"netns":0,"length":0}]}',
  );
});

test("64-bit numbers keep every digit", () => {
  const line = renderJourneyJson(journey(undefined, [[2n ** 64n - 1n, "x"]]), names);
  assert.equal(JSON.parse(line).startTimeNs, "18446744073709551615");
  assert.equal("flow" in JSON.parse(line), false);
});

test("function ids are looked up", () => {
  const one = journey(undefined, [[1n, ""]]);
  const line = renderJourneyJson({ ...one, hops: one.hops.map((hop) => ({ ...hop, functionId: 7 })) }, names);
  assert.equal(JSON.parse(line).hops[0].function, "ip_rcv");
});

test("custom data is an object by field name", () => {
  const line = renderJourneyJson(journey(undefined, [[1n, "x", gso(2101n, 1448n, 2n, 1n)]]), {
    ...names,
    custom: customReader([gsoSchema]),
  });
  const expected = { len: "2101", gso_size: "1448", gso_segs: "2", gso_type: "SKB_GSO_TCPV4" };
  assert.deepEqual(JSON.parse(line).hops[0].custom, expected);
});

test("nothing of the contract is left out", () => {
  const headers: Flow = { ...flow(1, "fc00::1 1", "fc00::2 2"), icmp: { type: 8, code: 1 }, laterFragment: true };
  const hop: Hop = { ...Hop.fromPartial({ function: "x" }), functionId: 0, deltaNs: 1n, cpu: 1, ifindex: 1 };
  const full: PacketJourney = {
    ...PacketJourney.fromPartial({ journeyId: 1n, startTimeNs: 1n, durationNs: 1n, lostHops: 1 }),
    completeness: 2,
    endReason: 2,
    flow: headers,
    dropReason: DropReason.fromPartial({ code: 2, name: "NO_SOCKET", subsystem: "core", location: "x+0x1" }),
    process: { pid: 1, tid: 2, comm: "ping" },
    endStackId: 1,
    links: [JourneyLink.fromPartial({ journeyId: 2n, role: 1, kind: 2 })],
    hops: [{ ...hop, netns: 1, length: 1, stackId: 1, flow: headers, custom: gso(1n) }],
  };
  const ours = JSON.parse(renderJourneyJson(full, { ...names, custom: customReader([gsoSchema]) }));
  const theirs = PacketJourney.toJSON(full) as Record<string, unknown>;
  // Numbers of the dictionary are resolved.
  const resolved: Record<string, string[]> = {
    ".endStackId": [".endStack[]"],
    ".hops[].stackId": [".hops[].stack[]", ".hops[].interface"],
  };
  assert.deepEqual(
    paths(ours).sort(),
    paths(theirs)
      .flatMap((path) => resolved[path] ?? [path])
      .sort(),
  );
  assert.equal(ours.hops[0].interface, "eth0");
  assert.deepEqual([ours.endStack, ours.hops[0].stack], [stack, stack]);
  assert.deepEqual(ours.links, [{ journeyId: "2", role: "PARENT", kind: "CLONE" }]);
  assert.equal(ours.endReason, "DROPPED");
  assert.equal(ours.flow.source, "fc00::1");
});

/** Every key path of a JSON value, custom data apart: its form differs on purpose. */
function paths(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || path.endsWith("custom")) return [path];
  if (Array.isArray(value)) return paths(value[0], `${path}[]`);
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, `${path}.${key}`));
}
