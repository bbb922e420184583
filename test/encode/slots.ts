import assert from "node:assert/strict";
import { FLOW_WORDS, timeBase } from "../../src/decode/record.js";
import { type FlowFields, writeFlowRecord } from "../../src/decode/write-record.js";
import { type Encoding, writeJourney } from "../../src/encode/journey.js";
import { NameTable } from "../../src/encode/names.js";
import { Writer } from "../../src/encode/writer.js";
import { JourneyBatch, type PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { HOP_WORDS, Slab } from "../../src/journey/slab.js";

/** One hop as the slab holds it; what is left out is zero. */
interface HopFields {
  readonly ns: number;
  readonly functionId?: number;
  readonly length?: number;
  readonly ifindex?: number;
  readonly netns?: number;
  readonly stack?: number;
  readonly cpu?: number;
}

/** One journey as the slab holds it; what is left out is zero. */
export interface SlotFields {
  readonly publicId?: number;
  readonly parentId?: number;
  readonly link?: number;
  readonly startNs?: number;
  readonly lastNs?: number;
  readonly lost?: number;
  readonly events?: number;
  readonly endReason?: number;
  readonly dropReason?: number;
  readonly location?: number;
  readonly endStack?: number;
  readonly childId?: number;
  readonly childLink?: number;
  readonly flow?: FlowFields;
  readonly hops?: readonly HopFields[];
}

/** Names of two functions and one drop reason; no base. */
export const plain: Encoding = {
  base: timeBase(0n),
  functionNames: new NameTable([
    [1, "ip_rcv"],
    [2, "tracepoint:net_dev_queue"],
  ]),
  dropReasons: new NameTable([
    [3, "NO_SOCKET"],
    [0x0003_0002, "ACTION_ERROR"],
  ]),
  dropSubsystems: new NameTable([
    [0, "core"],
    [3, "openvswitch"],
  ]),
  location: (low) => Buffer.from(low === 0 ? "" : `udp_rcv+0x${low.toString(16)}`),
  customFields: [],
};

/** A slab with room for `hops` hops, of which modules say `customBytes`. */
export function makeSlab(hops = 1024, customBytes = 0): Slab {
  return new Slab(8, hops, customBytes / 4);
}

/** Fills a slot of the slab. */
export function fill(slab: Slab, fields: SlotFields): number {
  const slot = slab.takeSlot();
  const { hops = [], flow } = fields;
  slab.publicId[slot] = fields.publicId ?? 0;
  slab.parentId[slot] = fields.parentId ?? 0;
  slab.link[slot] = fields.link ?? 0;
  slab.startNs[slot] = fields.startNs ?? 0;
  slab.lastNs[slot] = fields.lastNs ?? 0;
  slab.lost[slot] = fields.lost ?? 0;
  slab.events[slot] = fields.events ?? hops.length;
  slab.endReason[slot] = fields.endReason ?? 0;
  slab.dropReason[slot] = fields.dropReason ?? 0;
  slab.location[slot] = fields.location ?? 0;
  slab.endStack[slot] = fields.endStack ?? 0;
  slab.childId[slot] = fields.childId ?? 0;
  slab.childLink[slot] = fields.childLink ?? 0;
  if (flow !== undefined) {
    writeFlowRecord(new DataView(slab.flow.buffer, slot * FLOW_WORDS * 4, FLOW_WORDS * 4), flow);
    slab.hasFlow[slot] = 1;
  }
  for (const hop of hops) {
    const at = slab.appendHop(slot);
    slab.hopNs[at] = hop.ns;
    const { functionId = 0, length = 0, ifindex = 0, netns = 0, stack = 0, cpu = 0 } = hop;
    slab.hop.set([functionId, length, ifindex, netns, stack, cpu], at * HOP_WORDS);
  }
  return slot;
}

/** A slot of the slab, encoded and read by the generated code. */
export function decoded(slab: Slab, slot: number, encoding: Encoding): PacketJourney {
  const writer = new Writer(64);
  writeJourney(writer, 1, slab, slot, encoding);
  const { journeys } = JourneyBatch.decode(writer.take());
  assert.equal(journeys.length, 1);
  return journeys[0] as PacketJourney;
}

/** A journey, encoded and read by the generated code. */
export function encoded(fields: SlotFields, encoding = plain): PacketJourney {
  const slab = makeSlab();
  return decoded(slab, fill(slab, fields), encoding);
}
