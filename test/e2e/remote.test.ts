import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { freePort } from "../helpers/free-port.js";
import { bpfDescriptors } from "../helpers/kernel-state.js";
import { parseOriginalText } from "../helpers/original-text.js";
import { ipftrace, type Running, serve } from "../helpers/processes.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { whyNotHere } from "./why-not.js";

const LINGER_MS = 500;

const ready = (client: Running) => client.until(() => client.out.includes("Trace ready!"), "start");
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

kernelTest(
  "two clients over TCP see their own packets; a third is killed; nothing stays attached",
  whyNotHere,
  async (context) => {
    const lab = await NamespaceLab.create();
    context.after(() => lab.remove());
    const port = await freePort();
    const { server } = await serve(context, port);
    const serverPid = server.child.pid ?? 0;
    const remote = ["--server", `127.0.0.1:${port}`];
    const { left, right } = labAddresses;

    const v4 = ipftrace(context, [
      ...remote,
      "-iv",
      "4",
      "-l4",
      "ICMP",
      "-s4",
      left.ipv4,
      "examples/manifests/generic.yaml",
    ]);
    const v6 = ipftrace(context, [...remote, "-iv=6", "-l4", "IPv6-ICMP", "-s6", left.ipv6, "generic"]);
    await Promise.all([ready(v4), ready(v6)]);
    const withTwo = bpfDescriptors(serverPid).length;
    const killed = ipftrace(context, [...remote, "generic"]);
    await ready(killed);
    assert.ok(bpfDescriptors(serverPid).length > withTwo, "the third trace has programs of its own");
    await killed.end("SIGKILL");
    for (let waitedMs = 0; waitedMs < 10_000 && bpfDescriptors(serverPid).length > withTwo; waitedMs += 20)
      await pause(20);
    assert.equal(
      bpfDescriptors(serverPid).length,
      withTwo,
      "the killed client's programs are gone, the others' are not",
    );

    await lab.run("left", ["ping", "-c", "1", "-W", "5", right.ipv4]);
    await lab.run("left", ["ping", "-c", "1", "-W", "5", right.ipv6]);
    await pause(LINGER_MS);
    assert.deepEqual([await v4.end("SIGINT"), await v6.end("SIGINT")], [0, 0], v4.err + v6.err);
    const [v4Journeys, v6Journeys] = [parseOriginalText(v4.out), parseOriginalText(v6.out)];
    for (const [journeys, protocol, ends] of [
      [v4Journeys, "ICMP", [left.ipv4, right.ipv4]],
      [v6Journeys, "IPv6-ICMP", [left.ipv6, right.ipv6]],
    ] as const) {
      assert.ok(
        journeys.some(({ source, rows }) => source === ends[0] && rows.length > 3),
        "the request",
      );
      assert.ok(
        journeys.some(({ source, rows }) => source === ends[1] && rows.length > 3),
        "the reply",
      );
      for (const journey of journeys) {
        assert.equal(journey.protocol, protocol);
        // Neighbour discovery goes from the left end to a multicast address.
        assert.ok(
          [journey.source, journey.destination].includes(ends[0]),
          `${journey.source} -> ${journey.destination}`,
        );
      }
    }
    assert.match(v4.err, /\d+ packets, \d+ journeys, \d+ hops, 0 lost \(seen \d+, filtered \d+\)\n$/);
    assert.deepEqual(bpfDescriptors(serverPid), [], "nothing is attached when the last client is gone");
  },
);

kernelTest(
  "SIGTERM ends the clients' traces with their account, then the server with 0",
  whyNotHere,
  async (context) => {
    const lab = await NamespaceLab.create();
    context.after(() => lab.remove());
    const { target, server } = await serve(context);
    const client = ipftrace(context, ["--server", target, "-iv", "4", "-s4", labAddresses.left.ipv4, "generic"]);
    await ready(client);
    await lab.run("left", ["ping", "-c", "1", "-W", "5", labAddresses.right.ipv4]);
    await pause(LINGER_MS);
    assert.equal(await server.end("SIGTERM"), 0, server.err);
    assert.equal(await client.end(), 1);
    assert.ok(parseOriginalText(client.out).length >= 2);
    assert.match(client.err, /ipftrace: the server is stopping\n\d+ packets, \d+ journeys, /);
    assert.equal(existsSync(target.slice("unix:".length)), false, "the socket is gone");
  },
);

kernelTest("JSON lines are whole, and 64-bit numbers are texts", whyNotHere, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { left, right } = labAddresses;
  const client = ipftrace(context, ["-o", "jsonl", "-iv", "4", "-l4", "1", "-s4", left.ipv4, "generic"]);
  await client.until(() => client.err.includes("Trace ready!"), "start");
  await lab.run("left", ["ping", "-c", "1", "-W", "5", right.ipv4]);
  await pause(LINGER_MS);
  assert.equal(await client.end("SIGINT"), 0, client.err);
  const journeys = client.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.ok(journeys.length >= 2);
  for (const journey of journeys) {
    assert.equal(typeof journey.startTimeNs, "string");
    assert.match(journey.journeyId, /^\d+$/);
    assert.match(journey.endReason, /^[A-Z_]+$/);
    assert.ok([left.ipv4, right.ipv4].includes(journey.flow.source));
  }
});
