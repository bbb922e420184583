/** Journeys that begin at certain tracepoints only; at functions: test/vm/lab/scenarios/begins.ts. */
import assert from "node:assert/strict";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { IpVersion } from "../../src/gen/ipftrace/v1/filter.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
const { left, right } = labAddresses;
const ENTRY = "tracepoint:netif_receive_skb";
const allow = [{ ipVersion: IpVersion.IP_VERSION_4, sourceIpv4: [left.ipv4], destinationIpv4: [right.ipv4] }];

kernelTest("journeys begin where it is asked for, and have everything that follows", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const anywhere = new Traced(client, { filter: { allow } });
  const there = new Traced(client, { filter: { allow }, beginRegex: "receive_skb$" });
  for (const trace of [anywhere, there]) await trace.started();
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-W", "5", right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const trace of [anywhere, there]) {
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
    assert.deepEqual(account.lost, []);
  }
  const paths = ({ journeys }: Traced) => journeys.map(({ hops }) => hops.map((hop) => hop.function));
  const received = paths(anywhere).filter((path) => path.includes(ENTRY));
  assert.ok(received.length >= 2 && received.every((path) => path.indexOf(ENTRY) > 0), received.join("\n"));
  assert.deepEqual(
    paths(there),
    received.map((path) => path.slice(path.indexOf(ENTRY))),
  );
  assert.equal(there.account.matchedPackets, BigInt(received.length));
});

kernelTest("where no journey could begin, nothing is traced", whyNotHere, async (context) => {
  const { client } = await labWithServer(context);
  const elsewhere = await new Traced(client, { beginRegex: "^ip_rcv$" }).done;
  const nowhere = /begin_regex: "\^ip_rcv\$" is in the name of none of the trace's \d+ functions where a journey can/;
  assert.match(elsewhere?.details ?? "", nowhere);
  const tooLate = await new Traced(client, { beginRegex: "net_dev_xmit" }).done;
  assert.match(tooLate?.details ?? "", /begin_regex: "net_dev_xmit" is in the name of none of the trace's/);
  const alone = await new Traced(client, { functionRegex: "net_dev_xmit" }).done;
  assert.match(alone?.details ?? "", /function_regex: no journey could begin at tracepoint:net_dev_xmit, where the/);
});
