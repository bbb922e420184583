/** TraceOptions.max_cpu_percent on this kernel: what is shed, and what is told of it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import type { PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { LossStage } from "../../src/gen/ipftrace/v1/loss.js";
import { type Overhead, TraceEndReason } from "../../src/gen/ipftrace/v1/trace_service.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { mayMeasure } from "../helpers/may-measure.js";
import { serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { accountSum, clientOf, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PORT = 7802;
const CONVERSATIONS = 200;
const FIRST_PORT = 20_000;
const MIB = 1024n * 1024n;

/** Datagrams from many ports to one that answers each, until the test is over. */
function converse(lab: NamespaceLab): { end(): void } {
  const answer = `
    const socket = require("node:dgram").createSocket("udp4");
    socket.on("message", (text, { port, address }) => socket.send(text, port, address)).bind(${PORT});`;
  const ask = `
    const { createSocket } = require("node:dgram");
    for (let n = 0; n < ${CONVERSATIONS}; n++) {
      const socket = createSocket("udp4");
      const next = () => socket.send("x", ${PORT}, "${labAddresses.right.ipv4}", () => setImmediate(next));
      socket.on("message", () => {}).bind(${FIRST_PORT} + n, next);
    }`;
  const talking = [answer, ask].map((source, n) =>
    lab.spawn(n === 0 ? "right" : "left", [process.execPath, "-e", source]),
  );
  return { end: () => talking.forEach((child) => void child.kill("SIGKILL")) };
}

const U64 = 2n ** 64n - 1n;

/** conversation_hash of bpf/admit.h for UDP between the lab's addresses, written anew. */
function hashOf(port: number): bigint {
  const { left, right } = labAddresses;
  let hash = (endHash(left.ipv4, port) + endHash(right.ipv4, PORT)) & U64;
  hash ^= (0x0800n << 8n) | 17n;
  for (const factor of [0xff51afd7ed558ccdn, 0xc4ceb9fe1a85ec53n]) {
    hash ^= hash >> 33n;
    hash = (hash * factor) & U64;
  }
  return hash ^ (hash >> 33n);
}

function endHash(address: string, port: number): bigint {
  const word = address.split(".").reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const step = (hash: bigint, value: bigint): bigint => ((hash ^ value) * 0x100000001b3n) & U64;
  return step(step(0xcbf29ce484222325n ^ BigInt(port), word << 32n), 0n);
}

/** Ports of the conversations of which one in so many is followed. */
function sample(oneIn: number): number[] {
  const ports = Array.from({ length: CONVERSATIONS }, (_, n) => FIRST_PORT + n);
  return oneIn === 0 ? [] : ports.filter((port) => hashOf(port) % BigInt(oneIn) === 0n);
}

kernelTest(
  "a trace far over its budget follows fewer and fewer conversations, both ways, and ends",
  whyNotHere,
  async (context) => {
    const { lab, client } = await labWithServer(context, mayMeasure(context));
    const filter = filterOf({ l4Protocols: [17], destinationPorts: [PORT] });
    const options = { maxCpuPercent: 1, ringBytes: 64n * MIB, queueBytes: 64n * MIB };
    const trace = new Traced(client, { filter, options });
    await trace.started();
    const talk = converse(lab);
    context.after(() => talk.end());
    const error = await trace.done;
    talk.end();

    assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
    const [ended] = trace.events("ended");
    assert.equal(ended?.reason, TraceEndReason.TRACE_END_REASON_OVER_BUDGET);
    assert.match(ended.detail, /cost \d+\.\d % of one CPU though no packet is followed, and 1 % is the most/);
    assert.ok(error.details.includes(ended.detail));
    assertCost(ended.overhead);
    const { account } = trace;
    assert.equal(account.seenEvents, accountSum(account));
    const sampled = account.lost.find(({ stage }) => stage === LossStage.LOSS_STAGE_SAMPLING)?.totalLostEvents ?? 0n;
    assert.ok(sampled > 0n);
    const told = trace
      .events("loss")
      .flatMap(({ stages }) => stages.filter(({ stage }) => stage === LossStage.LOSS_STAGE_SAMPLING));
    assert.equal(
      told.reduce((sum, { lostEvents }) => sum + lostEvents, 0n),
      sampled,
    );

    const changes = trace
      .events("heartbeat")
      .map(({ monotonicNs, overhead }) => ({ monotonicNs, oneIn: overhead?.followedOneIn ?? 1 }));
    assert.ok(
      changes.length >= 2 && changes.at(-1)?.oneIn === 0,
      `told: ${changes.map(({ oneIn }) => oneIn).join(" ")}`,
    );
    for (const [n, { monotonicNs, oneIn }] of changes.entries()) {
      const next = changes[n + 1]?.monotonicNs ?? 2n ** 63n;
      const during = trace.journeys.filter(({ startTimeNs }) => startTimeNs >= monotonicNs && startTimeNs < next);
      assertSampled(during, sample(oneIn));
    }
  },
);

function assertCost(overhead: Overhead | undefined): void {
  assert.ok(overhead !== undefined && overhead.runCount > 0n && overhead.runTimeNs > overhead.runCount);
  assert.ok(overhead.cpuPercent > 1);
  assert.deepEqual([overhead.maxCpuPercent, overhead.followedOneIn], [1, 0]);
}

/** Fails unless these journeys are of both directions of the conversations that may be followed, and of no other. */
function assertSampled(journeys: readonly PacketJourney[], ports: readonly number[]): void {
  const asked = new Set<number>();
  const answered = new Set<number>();
  for (const { flow } of journeys) {
    if (flow?.destinationPort === PORT) asked.add(flow.sourcePort);
    else answered.add(flow?.destinationPort ?? 0);
  }
  const inOrder = (found: Set<number>) => [...found].sort((a, b) => a - b);
  assert.deepEqual(inOrder(asked), ports);
  assert.deepEqual(inOrder(answered), ports);
}

kernelTest("a trace within its budget tells what it costs, one without does not", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context, mayMeasure(context));
  const traces = [50_000, 0].map(
    (maxCpuPercent) => new Traced(client, { options: { maxCpuPercent, heartbeatIntervalMs: 100 } }),
  );
  for (const trace of traces) await trace.started();
  await lab.run("left", ["ping", "-q", "-c", "3", "-i", "0.2", labAddresses.right.ipv4]);
  for (const trace of traces) await trace.stop();
  const [measured, unknown] = traces.map((trace) => trace.events("ended")[0]?.overhead);
  assert.ok(measured !== undefined && measured.runCount > 0n && measured.runTimeNs > 0n);
  assert.deepEqual([measured.maxCpuPercent, measured.followedOneIn], [50_000, 1]);
  assert.equal(unknown, undefined);
  assert.ok(traces[0]?.events("heartbeat").every(({ overhead }) => overhead !== undefined));
  assert.ok(traces[1]?.events("heartbeat").every(({ overhead }) => overhead === undefined));
});

kernelTest("a budget of the server holds for traces that have none", whyNotHere, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const config = join(temporaryFolder(context), "config.yaml");
  writeFileSync(config, "overhead:\n  maxCpuPercent: 1\n");
  const { target } = await serve(context, undefined, ["--config", config]);
  const client = clientOf(target);
  context.after(() => client.close());
  const costly = new Traced(client, { filter: filterOf({ destinationPorts: [PORT] }) });
  await costly.started();
  const talk = converse(lab);
  context.after(() => talk.end());
  const error = await costly.done;
  talk.end();
  assert.equal(error?.code, status.RESOURCE_EXHAUSTED);
  assert.match(error.details, /though no packet is followed, and 1 % is the most for all traces/);
  const [ended] = costly.events("ended");
  assert.equal(ended?.reason, TraceEndReason.TRACE_END_REASON_OVER_BUDGET);
  assert.deepEqual([ended.overhead?.maxCpuPercent, ended.overhead?.followedOneIn], [0, 0]);
  assert.equal(costly.account.seenEvents, accountSum(costly.account));

  const next = new Traced(client, {});
  await next.started();
  await next.stop();
  assert.ok(next.events("ended")[0]?.overhead !== undefined, "the server goes on, and measures");
});
