import assert from "node:assert/strict";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { Completeness } from "../../src/gen/ipftrace/v1/journey.js";
import { DATAGRAMS, sendAndDrop } from "../helpers/datagrams.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PORT = 6791;
const IDLE_TIMEOUT_MS = 300;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

kernelTest(
  "a server that did not run for a while closes no journey whose end waits in the ring",
  whyNotHere,
  async (context) => {
    const { lab, server, client } = await labWithServer(context);
    const filter = filterOf({ sourceIpv4: [labAddresses.left.ipv4], destinationPorts: [PORT] });
    const trace = new Traced(client, { filter, options: { idleTimeoutMs: IDLE_TIMEOUT_MS } });
    await trace.started();
    await lab.run("left", ["ping", "-q", "-c", "1", labAddresses.right.ipv4]);

    await sendAndDrop(lab, PORT, async () => {
      // Long enough for the server to read what the packets passed.
      await pause(IDLE_TIMEOUT_MS / 3);
      server.child.kill("SIGSTOP");
    });
    await pause(2 * IDLE_TIMEOUT_MS);
    server.child.kill("SIGCONT");
    await trace.until(() => trace.journeys.length >= DATAGRAMS);
    const account = await trace.stop();

    assert.equal(account.seenEvents, accountSum(account));
    assert.deepEqual(account.lost, []);
    const told = trace.journeys.map(({ completeness, hops }) => [completeness, hops.map((hop) => hop.function).join()]);
    const way = told[0]?.[1];
    assert.deepEqual(told, Array(DATAGRAMS).fill([Completeness.COMPLETENESS_COMPLETE, way]));
  },
);
