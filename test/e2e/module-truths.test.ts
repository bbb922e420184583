/** What shipped modules show on this kernel, against a packet socket, ss and tc. Other kernels: test/vm/lab/scenarios/module-*.ts. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { labAddresses, type NamespaceLab } from "../../src/cli/namespace-lab.js";
import { customReader } from "../../src/client/custom-values.js";
import { startCapture } from "../helpers/capture.js";
import { icmpFields, sentFrames, tcpFields, vlanFields } from "../helpers/captured-frames.js";
import {
  assertSameSet,
  assertValues,
  type HopValues,
  match,
  only,
  shownOfBuffer,
  toldOfBuffer,
} from "../helpers/compare-values.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { accountSum, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
/** Sees a packet right behind the packet sockets, and only where it is handed to the device. */
const SENT = "tracepoint:net_dev_start_xmit";
const [ICMP, TCP] = [1, 6];
const PORT = 9020;
const BYTES = 60_000;
const MARK = 42;
/** How often ss is asked for the connection: some 10 s. */
const TRIES = 500;
const { left, right } = labAddresses;

function whyNot(): string | undefined {
  const missing = ["clang", "socat"].find((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  return whyNotHere() ?? (missing && `needs ${missing}`);
}

/** What modules showed where packets were handed to a device, in the left namespace. */
function shown(trace: Traced, lab: NamespaceLab, ifindex: number): HopValues[] {
  const reader = customReader(trace.events("started")[0]?.schemas ?? []);
  const netns = lab.netns("left");
  const hops = trace.journeys.flatMap((journey) => journey.hops);
  const here = hops.filter((hop) => hop.function === SENT && hop.netns === netns && hop.ifindex === ifindex);
  return here.map(({ custom }) => reader?.json(custom) ?? {});
}

async function ifindexOf(lab: NamespaceLab, device: string): Promise<number> {
  return Number(match(await lab.run("left", ["ip", "-o", "link", "show", device]), /^(\d+):/));
}

/** Sends bytes once ss has shown the connection; the line of ss. */
async function connectAndSend(lab: NamespaceLab): Promise<string> {
  const listener = lab.spawn("right", ["socat", "-u", `TCP-LISTEN:${PORT}`, "OPEN:/dev/null"]);
  const ended = once(listener, "close");
  const socket = `TCP:${right.ipv4}:${PORT},retry=50,interval=0.1,setsockopt-int=1:36:${MARK}`;
  const sender = lab.spawn("left", ["socat", "-u", "-", socket], "pipe");
  let line = "";
  // The mark is set when the connection is there already.
  for (let n = 0; n < TRIES && !line.includes("fwmark"); n++)
    line = await lab.run("left", ["ss", "-Htne", "state", "established", `dport = :${PORT}`]);
  sender.stdin?.end(Buffer.alloc(BYTES));
  await ended;
  return line;
}

kernelTest("modules show of TCP what a packet socket and ss tell", whyNot, async (context) => {
  const { lab, client } = await labWithServer(context);
  const trace = new Traced(client, {
    filter: { allow: [{ sourceIpv4: [left.ipv4], l4Protocols: [TCP] }] },
    moduleNames: ["tcp", "gso", "len", "csum", "sock", "netns"],
    modules: [{ name: "own", fields: [{ name: "headroom", read: "skb->data - skb->head" }] }],
  });
  await trace.started();
  const capture = await startCapture(lab, "left", "veth0", temporaryFolder(context));
  const socket = await connectAndSend(lab);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  const frames = sentFrames(await capture.finish(), TCP);
  const account = await trace.stop();
  assert.equal(account.seenEvents, accountSum(account));
  const hops = shown(trace, lab, await ifindexOf(lab, "veth0"));
  const headers = frames.map(tcpFields);
  assertSameSet(
    hops.map((hop) => only(hop, Object.keys(headers[0] ?? {}))),
    headers,
  );
  const buffers = frames.map(toldOfBuffer);
  assert.ok(
    buffers.some(({ segments }) => Number(segments) > 1),
    "nothing large was sent",
  );
  assertSameSet(hops.map(shownOfBuffer), buffers);
  const netns = String(lab.netns("left"));
  assertValues(
    hops.find((hop) => Number(hop["data_len"]) > 0),
    {
      family: "2",
      state: "1",
      cookie: String(BigInt(`0x${match(socket, /\bsk:([0-9a-f]+)/)}`)),
      sk_mark: match(socket, /\bfwmark:(0x[0-9a-f]+)/),
      dev: "veth0",
      dev_netns: netns,
      sk_netns: netns,
    },
  );
});

kernelTest("modules show of a ping what a packet socket and tc tell", whyNot, async (context) => {
  const { lab, client } = await labWithServer(context);
  await lab.run("left", ["tc", "qdisc", "add", "dev", "veth0", "root", "handle", "1234:", "pfifo"]);
  const trace = new Traced(client, {
    filter: { allow: [{ sourceIpv4: [left.ipv4], l4Protocols: [ICMP], direction: 1 }] },
    moduleNames: ["vlan", "icmp", "mark", "route", "qdisc"],
  });
  await trace.started();
  const capture = await startCapture(lab, "left", "veth0", temporaryFolder(context));
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", "-e", "4660", "-m", String(MARK), "-W", "5", right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  const frames = sentFrames(await capture.finish(), ICMP);
  const account = await trace.stop();
  assert.equal(account.seenEvents, accountSum(account));
  const hops = shown(trace, lab, await ifindexOf(lab, "veth0"));
  const truths = frames.map((frame) => ({ ...icmpFields(frame), ...vlanFields(frame) }));
  assertSameSet(
    hops.map((hop) => only(hop, Object.keys(truths[0] ?? {}))),
    truths,
  );
  assertValues(truths[0], { id: "4660", vlan_present: false });
  const queue = await lab.run("left", ["tc", "qdisc", "show", "dev", "veth0"]);
  assertValues(hops[0], {
    mark: "0x2a",
    // The kernel lets go of the route before.
    dst_dev: undefined,
    iif: "0",
    qdisc: match(queue, /^qdisc (\S+)/),
    handle: `0x${match(queue, /^qdisc \S+ (\w+): root/)}0000`,
  });
});
