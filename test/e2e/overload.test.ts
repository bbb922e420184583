import assert from "node:assert/strict";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, clientOf, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const RING_BYTES = 64n * 1024n;
const MIB = 1024n * 1024n;

/** Floods that end by themselves: four of 5,000 packets, as fast as they go. */
async function flood(lab: NamespaceLab): Promise<void> {
  const one = () => lab.run("left", ["ping", "-f", "-q", "-c", "5000", "-W", "1", labAddresses.right.ipv4]);
  await Promise.all([one(), one(), one(), one()]);
}

kernelTest("an overloaded ring loses, says so, and the account is exact", whyNotHere, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { target } = await serve(context);
  const client = clientOf(target);
  context.after(() => client.close());
  const trace = new Traced(client, {
    filter: filterOf({ sourceIpv4: [labAddresses.left.ipv4] }),
    options: { ringBytes: RING_BYTES },
  });
  await trace.started();
  await flood(lab);
  const account = await trace.stop();

  assert.equal(account.seenEvents, accountSum(account));
  const ringLoss = account.lost.find(({ stage }) => stage === LossStage.LOSS_STAGE_RING)?.totalLostEvents ?? 0n;
  assert.ok(ringLoss > 0n, "64 KiB held a flood of 20,000 packets: the test no longer overloads");
  const told = trace.events("loss").flatMap(({ stages }) => stages);
  const ringTold = told.filter(({ stage }) => stage === LossStage.LOSS_STAGE_RING);
  assert.equal(
    ringTold.reduce((sum, { lostEvents }) => sum + lostEvents, 0n),
    ringLoss,
    "the stream's Loss messages add up to the account",
  );
  const { journeys } = trace;
  assert.equal(BigInt(journeys.length), account.deliveredJourneys);
  assert.equal(BigInt(journeys.reduce((sum, { hops }) => sum + hops.length, 0)), account.deliveredHops);
  assert.ok(
    journeys.some(({ lostHops }) => lostHops > 0),
    "a journey that lost hops says so",
  );
});

kernelTest("a client that does not read loses only its own journeys", whyNotHere, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { target } = await serve(context);
  const [slowClient, quickClient] = [clientOf(target), clientOf(target)];
  context.after(() => {
    slowClient.close();
    quickClient.close();
  });
  const filter = filterOf({ sourceIpv4: [labAddresses.left.ipv4] });
  const slow = new Traced(slowClient, { filter, options: { queueBytes: 65_536n } });
  const enough = { ringBytes: 64n * MIB, queueBytes: 64n * MIB };
  const quick = new Traced(quickClient, { filter, options: enough });
  await Promise.all([slow.started(), quick.started()]);
  slow.pause();
  await flood(lab);
  const quickAccount = await quick.stop();
  assert.deepEqual(quickAccount.lost, []);
  assert.equal(quickAccount.seenEvents, accountSum(quickAccount));
  slow.resume();
  const slowAccount = await slow.stop();
  assert.equal(slowAccount.seenEvents, accountSum(slowAccount));
  const queueLoss = slowAccount.lost.find(({ stage }) => stage === LossStage.LOSS_STAGE_QUEUE)?.totalLostEvents ?? 0n;
  assert.ok(queueLoss > 0n, "a queue of 64 KiB held all of it: the test no longer overloads");
  assert.ok(slow.events("loss").some(({ stages }) => stages.some(({ stage }) => stage === LossStage.LOSS_STAGE_QUEUE)));
});
