import assert from "node:assert/strict";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { Completeness, EndReason, type PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { type Account, LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { DATAGRAMS, sendAndDrop } from "../helpers/datagrams.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, clientOf, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const KIB = 1024n;
const MIB = 1024n * KIB;

/** Floods that end by themselves: four of 5,000 packets, as fast as they go. */
async function flood(lab: NamespaceLab): Promise<void> {
  const one = () => lab.run("left", ["ping", "-f", "-q", "-c", "5000", "-W", "1", labAddresses.right.ipv4]);
  await Promise.all([one(), one(), one(), one()]);
}

/** What overloads a ring of each size: the flood, or also that nobody reads while it lasts. */
const overloads = [
  { ringBytes: 4n * KIB, suspended: false },
  { ringBytes: 64n * KIB, suspended: false },
  { ringBytes: MIB, suspended: true },
] as const;

for (const { ringBytes, suspended } of overloads) {
  const name = `an overloaded ring of ${ringBytes} bytes loses, says so, and the account is exact`;
  kernelTest(name, whyNotHere, async (context) => {
    const { lab, server, client } = await labWithServer(context);
    const filter = filterOf({ sourceIpv4: [labAddresses.left.ipv4] });
    const trace = new Traced(client, { filter, options: { ringBytes, queueBytes: 64n * MIB } });
    await trace.started();
    if (suspended) server.child.kill("SIGSTOP");
    await flood(lab);
    if (suspended) server.child.kill("SIGCONT");
    const account = await trace.stop();

    assert.equal(account.seenEvents, accountSum(account));
    const ringLoss = account.lost.find(({ stage }) => stage === LossStage.LOSS_STAGE_RING)?.totalLostEvents ?? 0n;
    assert.ok(ringLoss > 0n, "it held a flood of 20,000 packets: the test no longer overloads");
    const told = trace.events("loss").flatMap(({ stages }) => stages);
    const ringTold = told.filter(({ stage }) => stage === LossStage.LOSS_STAGE_RING);
    const toldEvents = ringTold.reduce((sum, { lostEvents }) => sum + lostEvents, 0n);
    assert.equal(toldEvents, ringLoss, "the stream's Loss messages add up to the account");
    assertMarked(trace.journeys, account, ringLoss);
  });
}

/** Fails unless what came is what the account says, and journeys that lost hops, and only these, say so. */
function assertMarked(journeys: readonly PacketJourney[], account: Account, ringLoss: bigint): void {
  assert.equal(BigInt(journeys.length), account.deliveredJourneys);
  assert.equal(BigInt(journeys.reduce((sum, { hops }) => sum + hops.length, 0)), account.deliveredHops);
  for (const { lostHops, completeness } of journeys) {
    assert.equal(completeness === Completeness.COMPLETENESS_HOPS_LOST, lostHops > 0);
  }
  // The map of followed packets has room for all of them: what the full ring did not tell is known all the same.
  const evicted = journeys.filter(({ endReason }) => endReason === EndReason.END_REASON_EVICTED);
  assert.equal(evicted.length, 0, `${evicted.length} of ${journeys.length} journeys say that room was needed`);
  assert.ok(
    account.lost.every(({ totalCutJourneys }) => totalCutJourneys === 0n),
    "journeys cut",
  );
  const lostHops = journeys.reduce((sum, one) => sum + one.lostHops, 0);
  assert.ok(BigInt(lostHops) <= ringLoss, `journeys lost ${lostHops} hops, the ring ${ringLoss} events`);
}

const PORT = 6789;

// Whether a flood loses some hops of a packet or all of them is chance. A packet that waits in a
// socket while the ring is full has lost exactly what it passed before.
kernelTest(
  "a packet whose end found room when its hops had not tells how many are missing",
  whyNotHere,
  async (context) => {
    const { lab, server, client } = await labWithServer(context);
    const filter = filterOf({ sourceIpv4: [labAddresses.left.ipv4] });
    const trace = new Traced(client, { filter, options: { ringBytes: 64n * KIB } });
    await trace.started();
    // The first packet waits for its neighbour's address, and leaves a copy in the message that asks for it.
    await lab.run("left", ["ping", "-q", "-c", "1", labAddresses.right.ipv4]);
    const datagrams = () => trace.journeys.filter(({ flow }) => flow?.destinationPort === PORT);

    await sendAndDrop(lab, PORT, async () => {});
    await trace.until(() => datagrams().length === DATAGRAMS);
    const hops = datagrams()[0]?.hops.length ?? 0;
    assert.ok(hops > 1);

    server.child.kill("SIGSTOP");
    await flood(lab);
    await sendAndDrop(lab, PORT, async () => {
      const before = trace.journeys.length;
      server.child.kill("SIGCONT");
      await trace.until(() => trace.journeys.length > before);
    });
    await trace.until(() => datagrams().length === 2 * DATAGRAMS);
    const account = await trace.stop();

    assert.equal(account.seenEvents, accountSum(account));
    const told = datagrams().map(({ completeness, hops: rows, lostHops }) => [completeness, rows.length, lostHops]);
    const whole = [Completeness.COMPLETENESS_COMPLETE, hops, 0];
    const lost = [Completeness.COMPLETENESS_HOPS_LOST, 1, hops - 1];
    assert.deepEqual(told, [...Array(DATAGRAMS).fill(whole), ...Array(DATAGRAMS).fill(lost)]);
  },
);

kernelTest(
  "a hop for which the ring has no room is lost together with what modules collect",
  whyNotHere,
  async (context) => {
    const { lab, client } = await labWithServer(context);
    const trace = new Traced(client, {
      filter: filterOf({ sourceIpv4: [labAddresses.left.ipv4] }),
      moduleNames: ["gso", "mark"],
      options: { ringBytes: 64n * KIB },
    });
    await trace.started();
    await flood(lab);
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
    assert.deepEqual(
      account.lost.filter(({ totalLostEvents }) => totalLostEvents > 0n).map(({ stage }) => stage),
      [LossStage.LOSS_STAGE_RING],
      "the ring loses, and nothing else",
    );
    const hops = trace.journeys.flatMap((journey) => journey.hops);
    assert.equal(BigInt(hops.length), account.deliveredHops);
    assert.ok(
      hops.every(({ custom }) => custom.length === 8),
      "a hop without what the modules collected",
    );
    const lengths = hops.map(({ length, custom }) => [BigInt(length), custom[0]?.value?.value]);
    assert.ok(
      lengths.every(([length, collected]) => length === collected),
      "values of another hop",
    );
  },
);

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
