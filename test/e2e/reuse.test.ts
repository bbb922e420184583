import assert from "node:assert/strict";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { DATAGRAMS, sendAndRead } from "../helpers/datagrams.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PORT = 6790;
const ROUNDS = 5;

kernelTest(
  "datagrams that take the memory of others that were read begin journeys of their own",
  whyNotHere,
  async (context) => {
    const { lab, client } = await labWithServer(context);
    const filter = filterOf({ sourceIpv4: [labAddresses.left.ipv4], destinationPorts: [PORT] });
    const trace = new Traced(client, { filter });
    await trace.started();
    // The first packet waits for its neighbour's address, and leaves a copy in the message that asks for it.
    await lab.run("left", ["ping", "-q", "-c", "1", labAddresses.right.ipv4]);
    for (let round = 0; round < ROUNDS; round++) await sendAndRead(lab, PORT, async () => {});
    const account = await trace.stop();

    assert.equal(account.seenEvents, accountSum(account));
    assert.deepEqual(account.lost, []);
    const sent = trace.journeys.map(({ hops }) =>
      hops.filter(({ function: name }) => name === "tracepoint:net_dev_queue"),
    );
    assert.deepEqual(
      sent.map(({ length }) => length),
      Array(ROUNDS * DATAGRAMS).fill(1),
    );
  },
);
