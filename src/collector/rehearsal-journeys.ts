/** Journeys as they come in practice, and each of the seldom ones, so that no code is met for the first time by a trace. */
import type { BlockField } from "../decode/custom-block.js";
import type { FlowFields, RecordFields } from "../decode/write-record.js";

/** What modules would collect. */
export const customFields: readonly BlockField[] = [
  { fieldId: 1, at: 8, bytes: 4, form: "unsigned" },
  { fieldId: 2, at: 12, bytes: 4, form: "text" },
];
export const CUSTOM_BYTES = 16;
/** More hops than one of the journeys below has. */
export const MAX_HOPS = 9;
const HOPS = 8;
const LONG_HOPS = 12;

/** One record of a journey, without what makes it this one. */
export type Step = Omit<RecordFields, "timeNs" | "journey" | "skb">;

const End = { EGRESS: 1, DROPPED: 2, CONSUMED: 3, REUSED: 4 } as const;
const Link = { CONTINUATION: 1, CLONE: 2, REASSEMBLY: 7 } as const;

const process = { pid: 1234, tid: 1235, comm: "curl" };
const tcp: FlowFields = {
  ...{ l3Protocol: 0x0800, l4Protocol: 6, source: [10, 0, 1, 10], destination: [10, 0, 1, 200], process },
  ...{ sourcePort: 52_262, destinationPort: 443 },
};
const udp: FlowFields = {
  ...{ l3Protocol: 0x86dd, l4Protocol: 17, sourcePort: 40_000, destinationPort: 53 },
  ...{ source: [0xfd, ...Array(14).fill(0), 1], destination: [0xfd, ...Array(14).fill(0), 0xfe] },
};
const icmp: FlowFields = { ...tcp, l4Protocol: 1, sourcePort: 0, destinationPort: 0, icmp: [8, 0] };
const fragment: FlowFields = { ...udp, isLaterFragment: true, process: { ...process, comm: "ü" } };
const arp: FlowFields = { l3Protocol: 0x0806 };

/** Hops through functions 1 to 8: the first tells the flow, the last one ends the journey. */
function journey(flow: FlowFields, end: Step, hops = HOPS): Step[] {
  return Array.from({ length: hops }, (_, hop) => ({
    ...{ function: 1 + (hop % HOPS), length: 1500, ifindex: 2, netns: 4_026_531_840, cpu: hop & 3 },
    ...(hop === 0 ? { flow } : {}),
    ...(hop === hops - 1 ? end : {}),
  }));
}

/** The same with one of its steps changed. */
function changed(steps: Step[], at: number, change: Step): Step[] {
  return steps.map((step, hop) => (hop === at ? { ...step, ...change } : step));
}

const consumed = { end: End.CONSUMED };
const dropped = { end: End.DROPPED, dropReason: 5, location: 0x8123_4567 };
const usual = [
  journey(tcp, consumed),
  journey(udp, { end: End.EGRESS }),
  journey(udp, dropped),
  journey(icmp, consumed),
];
/** A packet that is put together from this one may be known by its number before it is seen. */
const into = { ...fragment, parent: 7, link: Link.REASSEMBLY };

/** Most of them are usual. */
export const journeys: readonly (readonly Step[])[] = [
  ...usual,
  changed(journey(tcp, { end: End.EGRESS }), 4, { flow: { ...tcp, sourcePort: 1 }, isChanged: true }),
  ...usual,
  journey({ ...tcp, parent: 2 ** 40 + 1, link: Link.CLONE }, { end: End.REUSED, isRow: false }),
  ...usual,
  changed(journey(fragment, consumed), HOPS - 1, { ...consumed, flow: into, isLink: true }),
  ...usual,
  journey(tcp, { ...dropped, dropReason: 0x3_0001, lost: 2, stack: 9 }),
  ...usual,
  // Its packet is known again while it is open: it never ends.
  journey({ ...tcp, deaths: 2 }, {}),
  ...usual,
  journey({ ...arp, parent: 2 ** 40 + 2, link: Link.CONTINUATION }, consumed, LONG_HOPS),
  ...usual,
  journey(udp, consumed).map((step) => ({ ...step, custom: Buffer.alloc(CUSTOM_BYTES, 3) })),
  ...usual,
  // Idle for too long, and then one that begins before anybody looked.
  journey(udp, {}),
  journey(tcp, consumed).slice(1),
];
