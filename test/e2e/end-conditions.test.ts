import assert from "node:assert/strict";
import { labAddresses, type NamespaceLab } from "../../src/cli/namespace-lab.js";
import { IpVersion } from "../../src/gen/ipftrace/v1/filter.js";
import { EndReason } from "../../src/gen/ipftrace/v1/journey.js";
import { type ExplainTraceResponse, FilterPlace, TraceRequest } from "../../src/gen/ipftrace/v1/trace_service.js";
import { assertNothingLeft, kernelState } from "../helpers/kernel-state.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
const CLOSED_PORT = 7777;
const { left, right } = labAddresses;

/** A ping, which is answered, and a datagram to a port that nobody listens at. */
async function traffic(lab: NamespaceLab): Promise<void> {
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-W", "5", right.ipv4]);
  const send = `require("node:dgram").createSocket("udp4").send("x", ${CLOSED_PORT}, "${right.ipv4}", () => process.exit())`;
  await lab.run("left", [process.execPath, "-e", send]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
}

const allow = [{ ipVersion: IpVersion.IP_VERSION_4, sourceIpv4: [left.ipv4], destinationIpv4: [right.ipv4] }];

kernelTest("journeys are left out by how they ended, and the account stays exact", whyNotHere, async (context) => {
  const { lab: net, client } = await labWithServer(context);
  const traces = {
    all: new Traced(client, { filter: { allow } }),
    dropped: new Traced(client, { filter: { allow, dropped: true } }),
    reason: new Traced(client, { filter: { allow, dropReasons: ["no_socket"] } }),
    other: new Traced(client, { filter: { allow, dropReasons: ["NETFILTER_DROP"] } }),
    long: new Traced(client, { filter: { allow, minDurationNs: 3_600_000_000_000n } }),
    hops: new Traced(client, { filter: { allow, minHops: 2, maxHops: 3 } }),
    passed: new Traced(client, { filter: { allow, passedFunctions: ["tracepoint:kfree_skb"] } }),
    limited: new Traced(client, { filter: { allow, dropped: true }, options: { maxJourneys: 1n } }),
  };
  for (const trace of Object.values(traces)) await trace.started();
  await traffic(net);
  for (const [name, trace] of Object.entries(traces)) {
    if (name === "limited") await trace.done;
    const account = name === "limited" ? trace.account : await trace.stop();
    assert.equal(account.seenEvents, accountSum(account), name);
    assert.deepEqual(account.lost, [], name);
    assert.equal(account.deliveredJourneys, BigInt(trace.journeys.length), name);
  }
  const { all, dropped, reason, other, long, hops, passed, limited } = traces;
  const isDrop = ({ endReason }: (typeof all.journeys)[number]) => endReason === EndReason.END_REASON_DROPPED;
  assert.ok(
    all.journeys.some((one) => !isDrop(one)),
    "pings that arrived",
  );
  assert.ok(dropped.journeys.length > 0 && dropped.journeys.every(isDrop));
  assert.equal(dropped.journeys.length, all.journeys.filter(isDrop).length);
  // Its packets were followed like the others: what was not sent is in `filtered`, or the sum above were wrong.
  assert.equal(dropped.account.matchedPackets, all.account.matchedPackets);
  assert.ok(dropped.account.deliveredEvents < all.account.deliveredEvents);
  assert.ok(reason.journeys.length > 0 && reason.journeys.every(({ dropReason }) => dropReason?.name === "NO_SOCKET"));
  // The ICMP answer may find its socket gone, too.
  assert.ok(reason.journeys.some(({ flow }) => flow?.l4Protocol === 17));
  assert.deepEqual([other.journeys, long.journeys], [[], []]);
  assert.ok(hops.journeys.every((one) => one.hops.length === 2 || one.hops.length === 3));
  assert.equal(passed.journeys.length, dropped.journeys.length);
  assert.ok(passed.journeys.every((one) => one.hops.some((hop) => hop.function === "tracepoint:kfree_skb")));
  assert.equal(limited.journeys.length, 1);
  assert.ok(limited.journeys.every(isDrop), "a limit counts what is sent");
});

kernelTest("explaining a trace attaches nothing, and tells every part of the filter", whyNotHere, async (context) => {
  const { client } = await labWithServer(context);
  const filter = { allow, dropped: true, whereExpression: "skb->len > 100" };
  const explain = (trace: Parameters<typeof TraceRequest.fromPartial>[0]) =>
    new Promise<{ error?: Error; response?: ExplainTraceResponse }>((resolve) => {
      client.explainTrace({ trace: TraceRequest.fromPartial(trace) }, (error, response) =>
        resolve(error === null ? { response } : { error }),
      );
    });
  const before = kernelState();
  const { response } = await explain({ filter });
  await assertNothingLeft(before, "the question");
  assert.ok(response !== undefined && response.functions.length > 5);
  assert.deepEqual(
    response.filterParts.map(({ field, place }) => [field, place]),
    [
      ["filter.allow[0].ip_version", FilterPlace.FILTER_PLACE_KERNEL],
      ["filter.allow[0].source_ipv4", FilterPlace.FILTER_PLACE_KERNEL],
      ["filter.allow[0].destination_ipv4", FilterPlace.FILTER_PLACE_KERNEL],
      ["filter.where_expression", FilterPlace.FILTER_PLACE_KERNEL],
      ["filter.dropped", FilterPlace.FILTER_PLACE_JOURNEY_END],
    ],
  );
  const { error } = await explain({
    filter: { allow: [{ sourcePorts: [0] }], whereExpression: "skb->nothing", dropReasons: ["NO_SOKET"] },
    functionRegex: "(",
    beginRegex: "*",
    options: { maxHops: 99_999 },
  });
  const text = error?.message ?? "";
  for (const field of [
    "filter.allow[0].source_ports[0]",
    "options.max_hops",
    "filter.where_expression",
    "function_regex",
    "begin_regex",
  ]) {
    assert.ok(text.includes(`${field}: `), `${field} is missing in: ${text}`);
  }
  assert.match(text, /filter\.drop_reasons\[0\]: "NO_SOKET" .*did you mean "NO_SOCKET"/);
  await assertNothingLeft(before, "the question");
});
