/** TraceOptions.max_packets_per_second on this kernel: how many are followed, and where the others went. */
import assert from "node:assert/strict";
import { labAddresses, type NamespaceLab } from "../../src/cli/namespace-lab.js";
import { Direction } from "../../src/gen/ipftrace/v1/filter.js";
import { Completeness } from "../../src/gen/ipftrace/v1/journey.js";
import { type Account, LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, type clientOf, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PORT = 7801;
const DATAGRAMS = 3000;
const NS = 1e9;

/** Sends datagrams one by one, as fast as it goes, to a port where nobody listens. */
function flood(lab: NamespaceLab): Promise<unknown> {
  const source = `
    const socket = require("node:dgram").createSocket("udp4");
    socket.on("error", () => {});
    let left = ${DATAGRAMS};
    const next = () => left-- > 0 ? socket.send("x", ${PORT}, "${labAddresses.right.ipv4}", next) : socket.close();
    next();`;
  return lab.run("left", [process.execPath, "-e", source]);
}

function lostAt(account: Account, wanted: LossStage): bigint {
  return account.lost.find(({ stage }) => stage === wanted)?.totalLostEvents ?? 0n;
}

async function traceFlood(client: ReturnType<typeof clientOf>, lab: NamespaceLab, maxPacketsPerSecond: number) {
  const filter = filterOf({ l4Protocols: [17], destinationPorts: [PORT], direction: Direction.DIRECTION_FORWARD });
  const ringBytes = 16n * 1024n * 1024n;
  const trace = new Traced(client, { filter, options: { maxPacketsPerSecond, ringBytes, queueBytes: ringBytes } });
  await trace.started();
  // The first packet waits for its neighbour's address.
  await lab.run("left", ["ping", "-q", "-c", "1", labAddresses.right.ipv4]);
  await flood(lab);
  const account = await trace.stop();
  assert.equal(account.seenEvents, accountSum(account));
  assert.deepEqual(
    account.lost.map(({ stage }) => stage).filter((stage) => stage !== LossStage.LOSS_STAGE_RATE_LIMIT),
    [],
  );
  return { trace, account, journeys: trace.journeys };
}

kernelTest("a rate limit follows so many packets, whole, and counts the others", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  // Or the kernel would answer some of them, as its own rate limit has it.
  await lab.run("right", ["sh", "-c", "echo 0 >/proc/sys/net/ipv4/icmp_ratemask"]);
  const every = await traceFlood(client, lab, 0);
  assert.equal(every.account.matchedPackets, BigInt(DATAGRAMS));
  assert.equal(every.journeys.length, DATAGRAMS);
  const hops = every.journeys[0]?.hops.length ?? 0;
  const events = every.account.deliveredEvents / BigInt(DATAGRAMS);
  assert.ok(hops > 1 && every.journeys.every((journey) => journey.hops.length === hops));

  const perSecond = 100;
  const { account, journeys } = await traceFlood(client, lab, perSecond);
  assert.equal(account.matchedPackets, BigInt(DATAGRAMS));
  for (const journey of journeys) {
    assert.equal(journey.hops.length, hops, "a packet that was refused is followed later, or the other way round");
    assert.equal(journey.completeness, Completeness.COMPLETENESS_COMPLETE);
  }
  const refused = BigInt(DATAGRAMS - journeys.length);
  assert.equal(account.deliveredEvents, BigInt(journeys.length) * events);
  // The end of a refused packet is no function that saw it.
  assert.equal(lostAt(account, LossStage.LOSS_STAGE_RATE_LIMIT), refused * BigInt(hops));
  assertEven(
    journeys.map(({ startTimeNs }) => Number(startTimeNs)),
    perSecond,
  );
  assert.ok(journeys.length < DATAGRAMS, "the limit was never reached: the test no longer floods");
});

/** Fails unless at most a tenth of the limit comes at once, and nothing is refused while there is room. */
function assertEven(times: number[], perSecond: number): void {
  const size = perSecond / 10;
  const sorted = times.toSorted((a, b) => a - b);
  for (const [i, from] of sorted.entries()) {
    for (const [n, to] of sorted.slice(i).entries()) {
      const earned = size + ((to - from) / NS) * perSecond;
      assert.ok(n <= earned, `${n + 1} packets within ${to - from} ns`);
    }
  }
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  const least = size + Math.floor(((last - first) / NS) * perSecond);
  assert.ok(sorted.length >= least, `${sorted.length} packets within ${last - first} ns, there was room for ${least}`);
}
