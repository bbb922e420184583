/** What Prometheus reads of a server that traces on this kernel. */
import assert from "node:assert/strict";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { freePort } from "../helpers/free-port.js";
import { mayMeasure } from "../helpers/may-measure.js";
import { serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { clientOf, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** The samples that a server tells, by name with labels. */
async function scrape(port: number): Promise<Map<string, number>> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

kernelTest("metrics are what the clients were told, and name nobody", whyNotHere, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const port = await freePort();
  const options = [...mayMeasure(context), "--metrics-listen", `127.0.0.1:${port}`];
  const { target } = await serve(context, undefined, options);
  const client = clientOf(target);
  context.after(() => client.close());
  const { left, right } = labAddresses;

  const filter = filterOf({ sourceIpv4: [left.ipv4], l4Protocols: [1] });
  const [first, second] = [
    new Traced(client, { filter }),
    new Traced(client, { filter, options: { maxCpuPercent: 400 } }),
  ];
  await Promise.all([first.started(), second.started()]);
  await lab.run("left", ["ping", "-q", "-c", "3", "-i", "0.01", right.ipv4]);
  await first.until(() => first.journeys.length >= 6);
  const running = await scrape(port);
  assert.deepEqual([running.get("ipftrace_traces"), running.get("ipftrace_subscribers")], [2, 2]);
  assert.equal(running.get("ipftrace_serving"), 1);

  const accounts = [await first.stop(), await second.stop()];
  const ended = await scrape(port);
  const sums: [string, (account: (typeof accounts)[number]) => bigint][] = [
    ["ipftrace_events_seen_total", (account) => account.seenEvents],
    ["ipftrace_events_filtered_total", (account) => account.filteredEvents],
    ["ipftrace_events_delivered_total", (account) => account.deliveredEvents],
    ["ipftrace_packets_matched_total", (account) => account.matchedPackets],
    ["ipftrace_journeys_delivered_total", (account) => account.deliveredJourneys],
    ["ipftrace_hops_delivered_total", (account) => account.deliveredHops],
  ];
  for (const [name, pick] of sums) {
    assert.equal(ended.get(name), Number(accounts.reduce((sum, account) => sum + pick(account), 0n)), name);
  }
  assert.ok((ended.get("ipftrace_journeys_delivered_total") ?? 0) >= 12);
  assert.deepEqual([ended.get("ipftrace_traces"), ended.get("ipftrace_subscribers")], [0, 0]);
  const trace = '{method="/ipftrace.v1.TraceService/Trace",code="OK"}';
  assert.equal(ended.get(`ipftrace_rpc_duration_seconds_count${trace}`), 2);
  assert.equal(ended.get('ipftrace_attach_duration_seconds_count{backend="tracepoint"}'), 2);
  assert.equal(ended.get("ipftrace_detach_duration_seconds_count"), 2);

  assert.ok((ended.get("ipftrace_program_runs_total") ?? 0) > 0, "the programs ran");
  assert.ok((ended.get("ipftrace_program_run_seconds_total") ?? 0) > 0, "that took time");

  const labels = [...ended.keys()].filter((name) => name.startsWith("ipftrace_")).join("\n");
  for (const secret of [left.ipv4, right.ipv4, target]) assert.equal(labels.includes(secret), false, secret);
});
