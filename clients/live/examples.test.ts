/** The examples of each language beside the command line: all see the same packets, and tell the same of them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { ipftrace, type Running, serve } from "../../test/helpers/processes.js";
import { kernelTest } from "../../test/helpers/require-kernel.js";
import { type Example, ready, startAll, whyNoClients } from "./examples.js";
import { CUT_BY_GSO, withoutTimes } from "./printed.js";
import { freeWhatWasPutOff } from "./put-off.js";

const { left, right } = labAddresses;
/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
const PORT = 31337;
/** More than two segments of a usual MTU, so that GSO cuts it. */
const PAYLOAD_BYTES = 4000;

const listener = `
  require("node:net").createServer((socket) => socket.on("data", () => {}).on("end", () => process.exit()))
    .listen(${PORT}, "${right.ipv4}", () => console.log("bound"))`;
const sender = `require("node:net").connect(${PORT}, "${right.ipv4}", function () { this.end(Buffer.alloc(${PAYLOAD_BYTES})) })`;

/** What the command line and the examples print of the same packets. */
async function tracedBy(
  context: TestContext,
  example: Example,
  options: readonly string[],
  makePackets: (lab: NamespaceLab) => Promise<void>,
): Promise<{ own: string[]; others: Map<string, string[]> }> {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { target } = await serve(context);
  const own = ipftrace(context, ["--server", target, ...options, "generic"]);
  await ready(own);
  const others = await startAll(context, example, [target]);
  await makePackets(lab);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const [language, running] of [["ipftrace", own] as const, ...others]) {
    assert.equal(await running.end("SIGINT"), 0, `${language}: ${running.err}`);
  }
  const printed = [...others].map(([language, { out }]) => [language, withoutTimes(out)] as const);
  return { own: withoutTimes(own.out), others: new Map(printed) };
}

const ICMP = ["-iv", "4", "-l4", "ICMP", "-s4", left.ipv4];
kernelTest("the ICMP example of each language prints what the command line does", whyNoClients, async (context) => {
  const { own, others } = await tracedBy(context, "icmp", ICMP, async (lab) => {
    await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-W", "5", right.ipv4]);
  });
  assert.ok(own.length >= 4, own.join("\n\n"));
  for (const [language, printed] of others) await context.test(language, () => assert.deepEqual(printed, own));
});

const GSO = ["-iv", "4", "-l4", "TCP", "-d4", right.ipv4, "-m", "gso"];
kernelTest("the GSO example of each language prints what the command line does", whyNoClients, async (context) => {
  const { own, others } = await tracedBy(context, "gso", GSO, async (lab) => {
    const server = lab.spawn("right", [process.execPath, "-e", listener]);
    const ended = once(server, "exit");
    await new Promise((resolve) => server.stdout?.once("data", resolve));
    await lab.run("left", [process.execPath, "-e", sender]);
    await ended;
    freeWhatWasPutOff();
  });
  assert.match(own.join("\n\n"), CUT_BY_GSO);
  for (const [language, printed] of others) await context.test(language, () => assert.deepEqual(printed, own));
});

/** Fits neither in the queue of the example nor in the windows of its connection. */
const DATAGRAMS = 60_000;
const flood = `
  const socket = require("node:dgram").createSocket("udp4");
  let sent = 0;
  const next = () => sent++ < ${DATAGRAMS} ? socket.send("x", 9, "${right.ipv4}", next) : socket.close();
  next();`;

function counts(running: Running): { journeys: number; lostEvents: number } {
  return JSON.parse(running.out.trimEnd().split("\n").at(-1) ?? "");
}

kernelTest("a slow reader of each language is told what it lost", whyNoClients, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { target } = await serve(context);
  const slow = await startAll(context, "count", [target, "100"]);
  await lab.run("left", [process.execPath, "-e", flood]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const [language, running] of slow) {
    await context.test(language, async () => {
      assert.equal(await running.end("SIGINT"), 0, running.err);
      const { journeys, lostEvents } = counts(running);
      assert.ok(journeys > 0 && lostEvents > 0, JSON.stringify({ journeys, lostEvents }));
    });
  }
});
