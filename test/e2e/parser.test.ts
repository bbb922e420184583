/** The kernel-side parser and tuple filter, on real packets, against a plain reference. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { formatAddress } from "../../src/filter/addresses.js";
import { Direction, Filter, type FlowFilter, IpVersion } from "../../src/gen/ipftrace/v1/filter.js";
import type { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import { matchesFlow } from "../filter/reference.js";
import { frameCases } from "../helpers/frames.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { receiveFrames, whyNoTap } from "../helpers/receive-frames.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { Traced } from "../helpers/tracing.js";

const LINGER_MS = 500;
/** The server's limit of traces. */
const TRACES = 16;

const cases = frameCases();

/** Names of the cases whose packets a trace saw, by their source addresses. */
async function seenCases(
  context: TestContext,
  filters: readonly Filter[],
): Promise<{ names: string[]; flows: Map<string, Flow> }[]> {
  const { lab, client } = await labWithServer(context);
  const traces = filters.map((filter) => new Traced(client, { filter }));
  await Promise.all(traces.map((trace) => trace.started()));
  await receiveFrames(
    lab,
    cases.map(({ frame }) => frame),
  );
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const trace of traces) assert.deepEqual((await trace.stop()).lost, []);
  return traces.map((trace) => {
    const bySource = new Map(
      trace.journeys.flatMap(({ flow }) => (flow === undefined ? [] : [[formatAddress(flow.source), flow]])),
    );
    const seen = cases.filter(({ flow }) => flow !== undefined && bySource.has(formatAddress(flow.source)));
    return { names: seen.map(({ name }) => name), flows: bySource };
  });
}

kernelTest("every header is parsed as it is", whyNoTap, async (context) => {
  const [all] = await seenCases(context, [Filter.fromPartial({})]);
  for (const { name, flow } of cases) {
    if (flow === undefined) continue;
    assert.deepEqual(all?.flows.get(formatAddress(flow.source)), flow, name);
  }
  const impostors = [...(all?.flows.keys() ?? [])].filter((source) => source === "10.77.0.50");
  assert.deepEqual(impostors, [], "what is not IP was taken for it");
});

const filters: readonly Partial<FlowFilter>[] = [
  { ipVersion: IpVersion.IP_VERSION_4 },
  { ipVersion: IpVersion.IP_VERSION_6 },
  { l4Protocols: [6] },
  { l4Protocols: [1] },
  { l4Protocols: [0] },
  { sourcePorts: [80] },
  { sourcePorts: [80], direction: Direction.DIRECTION_FORWARD },
  { destinationPorts: [80], l4Protocols: [6] },
  { sourcePorts: [4001], destinationPorts: [80], direction: Direction.DIRECTION_FORWARD },
  { sourcePorts: [53] },
  { sourceIpv4: ["10.77.0.1"] },
  { sourceIpv4: ["10.77.0.0/29"], destinationIpv4: ["10.77.1.0/24"] },
  { destinationIpv4: ["10.77.0.2"] },
  { destinationIpv4: ["10.77.0.2"], direction: Direction.DIRECTION_FORWARD },
  { sourceIpv6: ["fc77::4"], sourceIpv4: ["10.77.0.4/31"] },
  { destinationIpv6: ["fc77::/125"], ipVersion: IpVersion.IP_VERSION_6 },
];

kernelTest("each filter lets through what the reference lets through", whyNoTap, async (context) => {
  assert.ok(filters.length <= TRACES);
  const complete = filters.map((flow) => Filter.fromPartial({ allow: [flow] }));
  const seen = await seenCases(context, complete);
  for (const [i, filter] of complete.entries()) {
    const expected = cases
      .filter(({ flow }) => flow !== undefined && matchesFlow(filter, flow))
      .map(({ name }) => name);
    assert.deepEqual(seen[i]?.names, expected, JSON.stringify(filters[i]));
  }
});
