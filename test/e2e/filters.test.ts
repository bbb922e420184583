import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { labAddresses, type NamespaceLab } from "../../src/cli/namespace-lab.js";
import { formatAddress } from "../../src/filter/addresses.js";
import { IpVersion } from "../../src/gen/ipftrace/v1/filter.js";
import type { PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PEER = fileURLToPath(new URL("../../src/cli/demo-peer.ts", import.meta.url));
const NODE = [process.execPath, "--import", "tsx"];
/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;

async function connection(lab: NamespaceLab, host: string, port: string): Promise<void> {
  const server = lab.spawn("right", [...NODE, PEER, "serve", host, port]);
  await new Promise((resolve) => server.stdout?.once("data", resolve));
  await lab.run("left", [...NODE, PEER, "connect", host, port]);
  await new Promise((resolve) => (server.exitCode === null ? server.once("exit", resolve) : resolve(undefined)));
}

function endpoints({ flow }: PacketJourney): string {
  const text = (bytes: Uint8Array = new Uint8Array(4), port = 0) => `${formatAddress(bytes)} ${port}`;
  return [text(flow?.source, flow?.sourcePort), text(flow?.destination, flow?.destinationPort)].sort().join(" ");
}

kernelTest("each of several traces sees its own packets only, and all of them", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const { left, right } = labAddresses;
  const traces = {
    port: new Traced(client, { filter: filterOf({ sourceIpv4: [left.ipv4], destinationPorts: [7001] }) }),
    icmpv6: new Traced(client, {
      filter: filterOf({
        ipVersion: IpVersion.IP_VERSION_6,
        l4Protocols: [58],
        sourceIpv6: [left.ipv6],
        destinationIpv6: [right.ipv6],
      }),
    }),
    port6: new Traced(client, {
      filter: filterOf({ ipVersion: IpVersion.IP_VERSION_6, l4Protocols: [6], destinationPorts: [7003] }),
    }),
    nothing: new Traced(client, { filter: filterOf({ sourceIpv4: ["10.0.1.99"], ipVersion: IpVersion.IP_VERSION_4 }) }),
  };
  await Promise.all(Object.values(traces).map((trace) => trace.started()));
  await connection(lab, right.ipv4, "7001");
  await connection(lab, right.ipv4, "7002");
  await connection(lab, right.ipv6, "7003");
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-W", "5", right.ipv6]);
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-W", "5", right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const trace of Object.values(traces)) {
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
    assert.deepEqual(account.lost, []);
  }

  const ours = traces.port.journeys;
  assert.ok(ours.length >= 8, "a TCP connection has a handshake, data and an end in both directions");
  for (const journey of ours) {
    assert.match(endpoints(journey), /^10\.0\.1\.10 \d+ 10\.0\.1\.11 7001$/);
    assert.equal(journey.flow?.l4Protocol, 6);
  }
  assert.equal(new Set(ours.map(endpoints)).size, 1, "packets of another connection");

  const pings = traces.icmpv6.journeys.filter(
    ({ flow }) => flow?.icmp !== undefined && flow.icmp.type >= 128 && flow.icmp.type <= 129,
  );
  assert.deepEqual([...new Set(pings.map(({ flow }) => flow?.icmp?.type))].sort(), [128, 129]);
  for (const journey of traces.icmpv6.journeys) {
    assert.equal(endpoints(journey), "fc00:1::10 0 fc00:1::11 0");
  }

  assert.ok(traces.port6.journeys.length >= 8);
  for (const journey of traces.port6.journeys) {
    assert.match(endpoints(journey), /^fc00:1::10 \d+ fc00:1::11 7003$/);
    assert.ok(journey.hops.length > 0);
  }

  assert.deepEqual(traces.nothing.journeys, []);
  assert.ok(traces.nothing.account.seenEvents > 100n, "the others' packets were seen, and filtered");
});

kernelTest("a request with every field at zero shows something readable", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const trace = new Traced(client, {});
  await trace.started();
  await lab.run("left", ["ping", "-c", "1", "-W", "5", labAddresses.right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  await trace.stop();
  const request = trace.journeys.find(({ flow, hops }) => flow?.icmp?.type === 8 && hops.length > 3);
  assert.ok(request !== undefined, "no journey of the echo request");
  assert.ok(request.hops.every(({ function: name, functionId }) => name !== "" && functionId === 0));
  assert.deepEqual(
    new Set(request.hops.map(({ netns }) => netns)),
    new Set([lab.netns("left"), lab.netns("right")]),
    "the request crosses from one namespace to the other",
  );
});
