import assert from "node:assert/strict";
import { labAddresses } from "../../src/cli/namespace-lab.js";
import { customReader } from "../../src/client/custom-values.js";
import { Module } from "../../src/gen/ipftrace/v1/custom.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, Traced } from "../helpers/tracing.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;
/** net_dev_queue sees a packet on its way out, with all its headers. */
const QUEUED = "tracepoint:net_dev_queue";
const REQUEST = 8;
/** Payload of a ping, and with the headers of ICMP, IPv4 and Ethernet. */
const PAYLOAD_BYTES = 200;
const PACKET_BYTES = PAYLOAD_BYTES + 8 + 20 + 14;
const MARK = 0x2a;

const own = Module.fromPartial({
  name: "own",
  match: "icmp_hdr(skb)->type == 8 && skb->mark == 42",
  fields: [
    { name: "source", read: "ip_hdr(skb)->saddr", kind: 6 },
    { name: "from", read: "eth_hdr(skb)->h_source", kind: 7 },
    { name: "pattern", read: "((unsigned char *)icmp_hdr(skb))[8 + 100]", kind: 10 },
    { name: "negative", read: "(int)skb->len - 300" },
    { name: "wide", read: "0xfedcba9876543210ul" },
    { name: "long", read: "skb->len > 100" },
    { name: "absent", read: "tcp_hdr(skb)->seq" },
    { name: "gone", read: "skb->no_such_member", optional: true },
  ],
});

/** What C makes of a packet of 242 bytes; undefined: it has no answer. */
const arithmetic: readonly [read: string, value: string | boolean | undefined][] = [
  ["((int)skb->len - 300) / 7", "-8"],
  ["((int)skb->len - 300) % 7", "-2"],
  ["((int)skb->len - 300) >> 1", "-29"],
  ["(skb->len - 300) / 7", "613566748"],
  ["(skb->len - 300) >> 28", "15"],
  ["~skb->len", "4294967053"],
  ["-skb->len", "4294967054"],
  ["(signed char)skb->len", "-14"],
  ["(unsigned char)(skb->len << 1)", "228"],
  ["(bool)(skb->len & 2)", true],
  ["1ul << (skb->len - 200)", "4398046511104"],
  ["skb->len > 100 ? -1 : 5", "-1"],
  ["-1 < skb->len", false],
  ["-1 < (int)skb->len", true],
  ["(long)skb->len * -10000000000", "-2420000000000"],
  ["(1 - (2 - (3 - (4 - (int)skb->len)))) ^ 5", "245"],
  ["skb->len / (skb->len - 242)", undefined],
  ["skb->cb[skb->len]", undefined],
  ["skb->cb[skb->len - 242] < 256", true],
  ["skb->len == 242 || tcp_hdr(skb)->seq", true],
  ["skb->len == 242 && tcp_hdr(skb)->seq", undefined],
  ["skb->len != 242 && tcp_hdr(skb)->seq", false],
  ["!tcp_hdr(skb)->seq", undefined],
  ["(unsigned long)skb->dev - (unsigned long)skb->dev + 7", "7"],
  ["(skb->head + 10) - skb->head", "10"],
];
const arithmeticModule = Module.fromPartial({
  name: "arithmetic",
  fields: arithmetic.map(([read], index) => ({ name: `f${index}`, read })),
});

/** By module and field, what a trace told of the echo requests where they were queued for sending. */
function sent(trace: Traced): Record<string, unknown>[] {
  const [started] = trace.events("started");
  const reader = customReader(started?.schemas ?? []);
  const requests = trace.journeys.filter(({ flow }) => flow?.icmp?.type === REQUEST);
  const hops = requests.flatMap((journey) => journey.hops.filter((hop) => hop.function === QUEUED));
  return hops.map((hop) => reader?.json(hop.custom) ?? {});
}

kernelTest("modules tell on every hop what is in the packet", whyNotHere, async (context) => {
  const { lab, client } = await labWithServer(context);
  const { left, right } = labAddresses;
  const filter = { allow: [{ sourceIpv4: [left.ipv4], l4Protocols: [1] }] };
  const traces = [
    new Traced(client, { filter, moduleNames: ["gso", "mark", "icmp", "sock", "netns", "qdisc", "tcp"] }),
    new Traced(client, { filter, modules: [own] }),
    new Traced(client, { filter, modules: [arithmeticModule] }),
  ] as const;
  for (const trace of traces) await trace.started();
  const link = await lab.run("left", ["ip", "-o", "link", "show", "veth0"]);
  const marked = ["-s", String(PAYLOAD_BYTES), "-m", String(MARK)];
  await lab.run("left", ["ping", "-c", "2", "-i", "0.2", ...marked, "-W", "5", right.ipv4]);
  await lab.run("left", ["ping", "-c", "1", "-W", "5", right.ipv4]);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  for (const trace of traces) {
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
  }
  const [shipped = [], ours = [], computed = []] = traces.map(sent);
  const common = { gso_size: "0", gso_segs: "0", gso_type: "", type: "8", code: "0", family: "2" };
  const netns = String(lab.netns("left"));
  assert.equal(shipped.length, 3);
  for (const [index, values] of shipped.entries()) {
    const isMarked = index < 2;
    const told = {
      ...common,
      len: String(isMarked ? PACKET_BYTES : 98),
      mark: isMarked ? "0x2a" : "0x0",
      sequence: String(isMarked ? index + 1 : 1),
      dev_netns: netns,
      sk_netns: netns,
      qdisc: "noqueue",
      seq: undefined,
    };
    for (const [name, value] of Object.entries(told)) assert.equal(values[name], value, name);
  }
  for (const [index, [read, value]] of arithmetic.entries()) assert.equal(computed[0]?.[`f${index}`], value, read);
  assert.equal(ours.length, 2, "the match leaves out the ping without a mark");
  for (const values of ours) {
    assert.deepEqual(values, {
      source: left.ipv4,
      from: /link\/ether ([\da-f:]+)/.exec(link)?.[1],
      // ping fills its payload with the numbers of the bytes.
      pattern: "0x64",
      negative: String(PACKET_BYTES - 300),
      wide: "18364758544493064720",
      long: true,
    });
  }
});
