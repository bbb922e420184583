import assert from "node:assert/strict";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { Completeness, EndReason } from "../../src/gen/ipftrace/v1/journey.js";
import { DATAGRAMS, sendAndDrop } from "../helpers/datagrams.js";
import { bpfDescriptors } from "../helpers/kernel-state.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, filterOf, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

const PORT = 6793;
const { ipv4: left } = labAddresses.left;
const { ipv4: right } = labAddresses.right;

kernelTest(
  "three clients of one trace: each gets what it came for, with its own account",
  whyNotHere,
  async (context) => {
    const { lab, server, client } = await labWithServer(context);
    const filter = filterOf({ sourceIpv4: [left], destinationPorts: [PORT] });
    const first = new Traced(client, { filter });
    await first.started();
    const inKernel = bpfDescriptors(server.child.pid as number).length;
    const few = new Traced(client, { filter, options: { maxJourneys: 3n } });
    await few.started();
    let late: Traced | undefined;
    // What is sent to a neighbour that is not known yet waits, and is another packet when it is sent.
    await lab.run("left", ["ping", "-q", "-c", "1", right]);

    await sendAndDrop(lab, PORT, async () => {
      // Every datagram lies in the socket's queue: its journey is open.
      await first.until(() => first.journeys.length >= 0);
      late = new Traced(client, { filter });
      await late.started();
      assert.equal(bpfDescriptors(server.child.pid as number).length, inKernel, "one trace in the kernel for all");
      // While all others stay: the journeys as they stand.
      const account = await first.stop();
      assert.equal(account.seenEvents, accountSum(account));
      assert.equal(account.matchedPackets, BigInt(DATAGRAMS));
      assert.deepEqual(ways(first, EndReason.END_REASON_TRACE_STOPPED, Completeness.COMPLETENESS_OPEN_END), DATAGRAMS);
    });

    assert.ok(late !== undefined);
    await late.until(() => late?.journeys.length === DATAGRAMS);
    const account = await late.stop();
    assert.equal(account.seenEvents, accountSum(account));
    assert.equal(account.deliveredJourneys, BigInt(DATAGRAMS));
    assert.ok(
      late.journeys.every(({ completeness }) => completeness === Completeness.COMPLETENESS_COMPLETE),
      "they began before this client came, and are whole",
    );
    await few.done;
    assert.equal(few.account.seenEvents, accountSum(few.account));
    assert.equal(few.account.deliveredJourneys, 3n);
    // The last one ended its trace: what is attached goes with it.
    await first.until(() => bpfDescriptors(server.child.pid as number).length < inKernel);
    assert.ok(bpfDescriptors(server.child.pid as number).length < inKernel);
  },
);

/** How many journeys ended so. */
function ways({ journeys }: Traced, reason: EndReason, complete: Completeness): number {
  return journeys.filter(({ endReason, completeness }) => endReason === reason && completeness === complete).length;
}

kernelTest("a sample keeps whole conversations, and the others count as filtered", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const filter = filterOf({ l4Protocols: [17], sourceIpv4: [left, right] });
  const all = new Traced(client, { filter });
  const sample = new Traced(client, { filter, options: { sampleOneIn: 4 } });
  await Promise.all([all.started(), sample.started()]);
  const conversations = 64;
  const echo = `const s=require("node:dgram").createSocket("udp4");
    s.on("message",(m,r)=>s.send(m,r.port,r.address)).bind(${PORT + 1},()=>console.log("bound"))`;
  const receiver = lab.spawn("right", [process.execPath, "-e", echo]);
  await new Promise((resolve) => receiver.stdout?.once("data", resolve));
  const ask = `let left=${conversations}; for(let n=0;n<${conversations};n++){const s=require("node:dgram").createSocket("udp4");
    s.on("message",()=>{s.close();});s.send("x",${PORT + 1},"${right}")}`;
  await lab.run("left", [process.execPath, "-e", ask]);
  receiver.kill("SIGKILL");
  await all.until(() => directions(all).size === conversations * 2);

  const [whole, part] = [await all.stop(), await sample.stop()];
  for (const account of [whole, part]) assert.equal(account.seenEvents, accountSum(account));
  const sampled = directions(sample);
  assert.ok(sampled.size > 0 && sampled.size < conversations, `${sampled.size} of ${conversations * 2} directions`);
  for (const way of sampled)
    assert.ok(sampled.has(way.split(">").reverse().join(">")), `${way} has no other direction`);
});

/** "port>port" of every journey's flow. */
function directions({ journeys }: Traced): Set<string> {
  return new Set(journeys.map(({ flow }) => `${flow?.sourcePort}>${flow?.destinationPort}`));
}
