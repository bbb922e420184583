/** What the scenarios drops.sh and lineage.sh must show, in the JSON lines that they leave. */
import assert from "node:assert/strict";

/** Reads a file that a virtual machine left in /out. */
export type Read = (name: string) => string;

/** A line of -o jsonl: what is looked at here. */
interface JsonJourney {
  readonly journeyId: string;
  readonly links: readonly { readonly journeyId: string; readonly kind: string }[];
  readonly hops: readonly { readonly function: string; readonly length: number }[];
  readonly flow: { readonly l4Protocol: number; readonly destinationPort: number };
  readonly endReason: string;
  readonly dropReason?: { readonly code: number; readonly name: string };
}

function parseJsonLines(text: string): JsonJourney[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line): JsonJourney => JSON.parse(line));
}

const ETHERNET_HEADER = 14;
const TCP_IP_HEADERS = 52;

/** Length of a packet's TCP payload at its first hop, which is in IP or at the device. */
function payload({ hops }: JsonJourney): number {
  const [first] = hops;
  assert.ok(first !== undefined);
  return first.length - TCP_IP_HEADERS - (first.function === "dev_hard_start_xmit" ? ETHERNET_HEADER : 0);
}

/** Segments name the packet that they were cut from, and their payloads add up to its own. */
export function checkSegments(read: Read): void {
  const journeys = parseJsonLines(read("segments.out"));
  const cut = journeys.filter(({ hops }) => hops.some((hop) => hop.function === "tcp_gso_segment"));
  assert.ok(cut.length > 0, "no packet was cut up");
  for (const parent of cut) {
    const isSegment = ({ links }: JsonJourney): boolean =>
      links.some(({ journeyId, kind }) => kind === "SEGMENT" && journeyId === parent.journeyId);
    const segments = journeys.filter(isSegment);
    assert.ok(segments.length >= 2, `a packet in ${segments.length} segments`);
    assert.equal(
      segments.reduce((sum, one) => sum + payload(one), 0),
      payload(parent),
    );
  }
  assert.equal(read("segments.status"), "0\n");
}

/** Fragments name the packet that they were cut from, and the reassembled one what it was made of. */
export function checkFragments(read: Read): void {
  const journeys = parseJsonLines(read("fragments.out"));
  const [whole] = journeys.filter(({ hops }) => hops.some((hop) => hop.function === "ip_do_fragment"));
  assert.ok(whole !== undefined, "the packet was not cut up");
  const fragments = journeys.filter(({ links }) =>
    links.some(({ journeyId, kind }) => kind === "FRAGMENT" && journeyId === whole.journeyId),
  );
  assert.ok(
    fragments.length >= 2,
    `4,000 bytes in ${fragments.length} fragments beside the first: ${read("fragments.out")}`,
  );
  const reassembled = journeys.filter(({ links }) => links.some(({ kind }) => kind === "REASSEMBLY"));
  assert.equal(reassembled.length, 1, read("fragments.out"));
  assert.ok(reassembled[0]?.hops.some((hop) => hop.function === "ip_local_deliver_finish"));
  assert.equal(read("fragments.status"), "0\n");
}

/** Drops tell the kernel's reason; kernels before 5.17 know none. */
export function checkDrops(read: Read, hasReasons: boolean): void {
  const journeys = parseJsonLines(read("drops.out"));
  for (const [name, protocol, port, reason] of [
    ["UDP to a closed port", 17, 7777, "NO_SOCKET"],
    ["UDP that nftables drops", 17, 7778, "NETFILTER_DROP"],
    ["TCP to a closed port", 6, 7777, "NO_SOCKET"],
  ] as const) {
    const here = journeys.filter(({ flow }) => flow.l4Protocol === protocol && flow.destinationPort === port);
    const dropped = here.filter(({ endReason }) => endReason === "DROPPED");
    const reasons = dropped.map(({ dropReason }) => dropReason?.name);
    assert.deepEqual(reasons, [hasReasons ? reason : ""], `${name}: ${read("drops.out")}`);
  }
  assert.ok(
    journeys.every(({ flow }) => [7777, 7778].includes(flow.destinationPort)),
    "packets of others",
  );
  assert.equal(read("drops.status"), "0\n");
}
