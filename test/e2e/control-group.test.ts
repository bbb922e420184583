import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
const { left, right } = labAddresses;

/** Where the tree of control groups of version 2 is mounted. */
function mountPoint(): string | undefined {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  return mounts.map((line) => line.split(" ")).find(([, , type]) => type === "cgroup2")?.[1];
}

const root = mountPoint();
const whyNot = (): string | undefined =>
  whyNotHere() ?? (root === undefined ? "needs a mounted cgroup2 file system" : undefined);

kernelTest("packets are chosen by the control group of their socket", whyNot, async (context) => {
  const group = `${root}/ipftrace-test-${process.pid}`;
  mkdirSync(group);
  context.after(() => rmdirSync(group));
  const { lab, client } = await labWithServer(context);
  const pings = { sourceIpv4: [left.ipv4], destinationIpv4: [right.ipv4], l4Protocols: [1] };
  const allow = [{ ...pings, cgroupIds: [statSync(group, { bigint: true }).ino] }];
  const all = new Traced(client, { filter: { allow: [pings] } });
  const chosen = new Traced(client, { filter: { allow } });
  for (const trace of [all, chosen]) await trace.started();
  // The socket belongs to the group of the process that opens it.
  await lab.run("left", ["sh", "-c", `echo $$ >${group}/cgroup.procs; exec ping -c 1 -s 100 ${right.ipv4}`]);
  await lab.run("left", ["ping", "-c", "1", "-s", "1000", right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  const lengths: number[][] = [];
  for (const trace of [all, chosen]) {
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
    lengths.push(trace.journeys.map(({ hops }) => hops[0]?.length ?? 0));
  }
  const [ofAll = [], ofChosen = []] = lengths;
  assert.ok(
    ofAll.some((length) => length > 500),
    `${ofAll}`,
  );
  assert.ok(ofChosen.length > 0 && ofChosen.every((length) => length < 500), `${ofChosen}`);
});
