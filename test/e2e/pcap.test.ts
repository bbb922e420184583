/** pcap expressions in a trace, on real packets. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { labAddresses, NamespaceLab } from "../../src/cli/namespace-lab.js";
import { ViewLayer } from "../../src/ebpf/view.js";
import { formatAddress } from "../../src/filter/addresses.js";
import type { Filter } from "../../src/gen/ipftrace/v1/filter.js";
import type { PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { compilePcap } from "../../src/kernel/libpcap.js";
import { ethernet, frameCases, ipv4, ipv6, transport, u16, v4, v6 } from "../helpers/frames.js";
import { labWithServer } from "../helpers/lab-with-server.js";
import { ipftrace, serve } from "../helpers/processes.js";
import { receiveFrames, whyNoTap } from "../helpers/receive-frames.js";
import { kernelTest } from "../helpers/require-kernel.js";
import { accountSum, clientOf, Traced } from "../helpers/tracing.js";
import { judgeByLibpcap } from "../pcap/libpcap-judge.js";
import { plain, type Sample } from "../pcap/samples.js";
import { whyNotHere } from "./why-not.js";

/** Freed packets are reported, and batches sent, within this time. */
const LINGER_MS = 500;

/** A frame, and the text that tells its journey: its source address, or its EtherType. */
interface Named {
  readonly name: string;
  readonly frame: Buffer;
}

const frames: readonly Named[] = frameCases().map(({ frame, flow }) => ({
  name: flow === undefined ? `0x${frame.readUInt16BE(12).toString(16)}` : formatAddress(flow.source),
  frame,
}));

function nameOf({ flow }: PacketJourney): string {
  if (flow === undefined) return "";
  return flow.source.length > 0 ? formatAddress(flow.source) : `0x${flow.l3Protocol.toString(16)}`;
}

/** Names of those frames whose journeys each filter let through, in the order of the frames. */
async function seen(
  context: TestContext,
  filters: readonly Partial<Filter>[],
  injected: readonly Named[],
): Promise<string[][]> {
  const { lab, client } = await labWithServer(context);
  const traces = filters.map((filter) => new Traced(client, { filter }));
  await Promise.all(traces.map((trace) => trace.started()));
  const bytes = injected.map(({ frame }) => frame);
  await receiveFrames(lab, bytes);
  await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
  const here = lab.netns("left");
  const found: string[][] = [];
  for (const trace of traces) {
    const account = await trace.stop();
    assert.equal(account.seenEvents, accountSum(account));
    const ours = trace.journeys.filter(({ hops }) => hops[0]?.netns === here);
    const names = new Set(ours.map(nameOf));
    found.push(injected.map(({ name }) => name).filter((name) => names.has(name)));
  }
  return found;
}

/** Names of the frames that libpcap lets through, as they come, or once the kernel has taken their tag off. */
async function expectedOf(expression: string): Promise<string[]> {
  const compiled = await compilePcap(expression);
  assert.ok(!("error" in compiled), expression);
  const verdicts = judgeByLibpcap(
    compiled,
    frames.map(({ frame }) => plainFrame(frame)),
  );
  const bare = judgeByLibpcap(
    compiled,
    frames.map(({ frame }) => plainFrame(withoutTag(frame))),
  );
  return frames.filter((_, n) => verdicts[n] !== 0 || bare[n] !== 0).map(({ name }) => name);
}

function plainFrame(frame: Buffer): Sample {
  return plain(ViewLayer.ETHERNET, frame, frame.length);
}

function withoutTag(frame: Buffer): Buffer {
  const isTagged = [0x8100, 0x88a8].includes(frame.readUInt16BE(12));
  return isTagged ? Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]) : frame;
}

const expressions = [
  "tcp",
  "ip6 and tcp dst port 80",
  "icmp[icmptype] = icmp-echo",
  "host 10.77.0.3 or host fc77::4",
  "arp",
  "ether proto 0x88cc",
  "vlan 7",
  "vlan 7 and tcp dst port 80",
  "ip[0] & 0xf > 5",
  "greater 70",
  "ip6[6] = 0 or ip6[6] = 43",
  "sctp or ip proto 33",
];

kernelTest("a trace with an expression shows the packets that libpcap lets through", whyNoTap, async (context) => {
  const filters = expressions.map((pcapExpression) => ({ pcapExpression }));
  const found = await seen(context, filters, frames);
  for (const [index, expression] of expressions.entries()) {
    const expected = await expectedOf(expression);
    assert.ok(expected.length > 0 && expected.length < frames.length, expression);
    assert.deepEqual(found[index], expected, expression);
  }
});

const tcpV4 = ipv4({ source: Buffer.from([10, 99, 0, 1]), protocol: 6 }, transport(4001, 80));
const tcpV6 = ipv6(v6(99), 6, transport(4001, 80));
const udpV4 = ipv4({ source: Buffer.from([10, 99, 0, 2]), protocol: 17 }, transport(4001, 80));
const IPV4 = 0x0800;
const VXLAN = Buffer.from([8, 0, 0, 0, 0, 0, 42, 0]);
/** GENEVE with two words of options, and a whole frame in it. */
const GENEVE = Buffer.from([2, 0, 0x65, 0x58, 0, 0, 11, 0, 1, 2, 3, 1, 0, 0, 0, 0]);

/** A packet in a packet, under a source address of its own. */
function tunnelled(last: number, protocol: number, ...parts: Buffer[]): Named {
  const frame = ethernet(IPV4, ipv4({ source: v4(last), protocol }, Buffer.concat(parts)));
  return { name: formatAddress(v4(last)), frame };
}

/** The same with an outer header of IPv6. */
function tunnelledV6(last: number, next: number, payload: Buffer): Named {
  return { name: formatAddress(v6(last)), frame: ethernet(0x86dd, ipv6(v6(last), next, payload)) };
}

/** The option that ip6tnl puts before its packets: the tunnel encapsulation limit, RFC 2473 §4.1.1. */
function encapsulationLimit(next: number): Buffer {
  return Buffer.from([next, 0, 4, 1, 4, 1, 0, 0]);
}

function udpTo(port: number): Buffer {
  return Buffer.concat([u16(4001), u16(port), Buffer.alloc(4)]);
}

const tunnels: readonly (Named & { matches: readonly string[] })[] = [
  { ...tunnelled(60, 17, udpTo(4789), VXLAN, ethernet(IPV4, tcpV4)), matches: ["inner", "both", "ether"] },
  { ...tunnelled(61, 17, udpTo(8472), VXLAN, ethernet(0x86dd, tcpV6)), matches: ["inner", "both", "ether"] },
  { ...tunnelled(62, 17, udpTo(6081), GENEVE, ethernet(IPV4, tcpV4)), matches: ["inner", "both", "ether"] },
  { ...tunnelled(63, 47, u16(0), u16(IPV4), tcpV4), matches: ["inner"] },
  { ...tunnelled(64, 47, u16(0xb000), u16(0x86dd), Buffer.alloc(12), tcpV6), matches: ["inner"] },
  {
    ...tunnelled(65, 47, u16(0x2000), u16(0x6558), Buffer.alloc(4), ethernet(IPV4, tcpV4)),
    matches: ["inner", "ether"],
  },
  { ...tunnelled(66, 4, tcpV4), matches: ["inner"] },
  { ...tunnelled(67, 41, tcpV6), matches: ["inner"] },
  { ...tunnelledV6(60, 41, tcpV6), matches: ["inner"] },
  { ...tunnelledV6(61, 60, Buffer.concat([encapsulationLimit(4), tcpV4])), matches: ["inner"] },
  { ...tunnelledV6(62, 47, Buffer.concat([u16(0), u16(IPV4), tcpV4])), matches: ["inner"] },
  { ...tunnelled(68, 17, udpTo(4789), VXLAN, ethernet(IPV4, udpV4)), matches: ["ether"] },
  { ...tunnelled(69, 17, udpTo(9999), VXLAN, ethernet(IPV4, tcpV4)), matches: [] },
  { ...tunnelled(70, 6, transport(4001, 80)), matches: [] },
  { ...tunnelled(71, 47, u16(1), u16(IPV4), tcpV4), matches: [] },
  { ...tunnelled(72, 4), matches: [] },
];

kernelTest("an inner expression asks about the packet in a tunnel, and nothing else", whyNoTap, async (context) => {
  const innerPcapExpression = "tcp dst port 80";
  const filters = {
    inner: { innerPcapExpression },
    both: { innerPcapExpression, pcapExpression: "udp" },
    ether: { innerPcapExpression: "ether broadcast" },
  };
  const found = await seen(context, Object.values(filters), tunnels);
  for (const [index, key] of Object.keys(filters).entries()) {
    const expected = tunnels.filter(({ matches }) => matches.includes(key)).map(({ name }) => name);
    assert.deepEqual(found[index], expected, key);
  }
});

kernelTest("the words after -- are an expression, for the generic manifest", whyNotHere, async (context) => {
  const lab = await NamespaceLab.create();
  context.after(() => lab.remove());
  const { left, right } = labAddresses;
  const trace = ipftrace(context, [
    "--backend",
    "tracepoint",
    "-c",
    "2",
    "--",
    "icmp",
    "and",
    "src",
    "host",
    left.ipv4,
  ]);
  await trace.until(() => trace.out.includes("Trace ready!"), "trace");
  await lab.run("left", ["ping", "-c", "3", "-i", "0.2", "-W", "5", right.ipv4]);
  assert.equal(await trace.end(), 0, trace.err);
  const flows = trace.out.split("\n").filter((line) => line.includes("\t->\t"));
  assert.deepEqual(new Set(flows), new Set([`ICMP\t${left.ipv4}\t->\t${right.ipv4}`]));
});

const refused: readonly [filter: Partial<Filter>, details: string][] = [
  [
    { pcapExpression: "tcp and host no.such.invalid" },
    "filter.pcap_expression: unknown host 'no.such.invalid', at column 14\n" +
      "  tcp and host no.such.invalid\n               ^^^^^^^^^^^^^^^",
  ],
  [
    { innerPcapExpression: "ip6 protochain 6" },
    'filter.inner_pcap_expression: protochain is not supported, because it makes a loop: "ip6 protochain 6"',
  ],
  [
    { pcapExpression: "inbound" },
    "filter.pcap_expression: inbound, outbound and ifindex are not supported: they ask for what is not in the packet: " +
      '"inbound"',
  ],
];

kernelTest("an expression that cannot be compiled is told in libpcap's words", whyNotHere, async (context) => {
  const { target } = await serve(context);
  const client = clientOf(target);
  context.after(() => client.close());
  for (const [filter, details] of refused) {
    const error = await new Traced(client, { filter }).done;
    assert.equal(error?.code, 3);
    assert.equal(error?.details, details);
  }
  const long = Array.from({ length: 200 }, (_, n) => `tcp[tcp[${n}]] = 1`).join(" or ");
  const error = await new Traced(client, { filter: { pcapExpression: long } }).done;
  assert.match(
    error?.details ?? "",
    /^filter\.pcap_expression: it takes \d+ eBPF instructions, and there is room for \d+/,
  );
});
