/**
 * Writes a PacketJourney (proto/ipftrace/v1/journey.proto) straight from the slab.
 *
 * Field numbers stand here a second time, because the generated encoder needs objects;
 * test/encode/generated.test.ts compares its bytes with ours, field by field in the order of their numbers.
 */
import type { BlockField } from "../decode/custom-block.js";
import type { TimeBase } from "../decode/record.js";
import { NONE } from "../journey/none.js";
import { HOP_WORDS, HopWord, type Slab } from "../journey/slab.js";
import { writeCustom } from "./custom.js";
import { writeFlow } from "./flow.js";
import type { NameTable } from "./names.js";
import { writeProcess } from "./process.js";
import { MAX_FIELD_BYTES, putField, putText, type Writer } from "./writer.js";

const Journey = {
  JOURNEY_ID: 1,
  START_TIME_NS: 2,
  HOPS: 3,
  FLOW: 4,
  END_REASON: 5,
  DROP_REASON: 6,
  LINKS: 7,
  LOST_HOPS: 8,
  COMPLETENESS: 9,
  DURATION_NS: 10,
  PROCESS: 11,
  END_STACK_ID: 12,
} as const;
const Hop = {
  FUNCTION: 1,
  FUNCTION_ID: 2,
  DELTA_NS: 3,
  CPU: 4,
  IFINDEX: 5,
  NETNS: 6,
  LENGTH: 7,
  FLOW: 9,
  CUSTOM: 10,
  STACK_ID: 11,
} as const;
const Drop = { CODE: 1, NAME: 2, SUBSYSTEM: 3, LOCATION: 4 } as const;
const Link = { JOURNEY_ID: 1, ROLE: 2, KIND: 3 } as const;

/** Values of journey.proto's enums. */
const END_DROPPED = 2;
const Role = { PARENT: 1, CHILD: 2 } as const;
const Completeness = { COMPLETE: 1, HOPS_LOST: 2, OPEN_END: 3 } as const;
/** From here on the end of the packet was not seen: IDLE_TIMEOUT, EVICTED, TRACE_STOPPED. */
const FIRST_OPEN_END = 6;
/** Of a hop without its name: the message's own key and length, those of the name, and five numbers. */
const MAX_HOP_BYTES = 7 * MAX_FIELD_BYTES;
const TWO_32 = 4_294_967_296;
/** The subsystem is in the upper half of a drop reason (include/net/dropreason.h). */
const SUBSYSTEM_SHIFT = 16;

/** What a trace's journeys are encoded with. */
export interface Encoding {
  /** The moment from which the trace's times are counted. */
  readonly base: TimeBase;
  /** Names of functions by id; undefined to send ids. */
  readonly functionNames: NameTable | undefined;
  /** Names of drop reasons by code. */
  readonly dropReasons: NameTable;
  /** Names of the subsystems that drop, by number. */
  readonly dropSubsystems: NameTable;
  /** The place in the kernel of which this is the low half of the address, as text. */
  readonly location: (low: number) => Uint8Array;
  /** What the modules collect at each hop. */
  readonly customFields: readonly BlockField[];
}

/** Hop indices of one journey in order of time; grown as needed, one journey at a time. */
let order = new Int32Array(256);

/** Writes a slot into `field` of the message that `writer` is in. */
export function writeJourney(writer: Writer, field: number, slab: Slab, slot: number, encoding: Encoding): void {
  const count = sortHops(slab, slot);
  // A hop that another CPU reported late may be older than the first one that came.
  const startNs = count > 0 ? (slab.hopNs[order[0] as number] as number) : (slab.startNs[slot] as number);
  const start = writer.begin(field);
  writer.varint(Journey.JOURNEY_ID, slab.publicId[slot] as number);
  writeTime(writer, Journey.START_TIME_NS, encoding.base, startNs);
  for (let i = 0; i < count; i++) writeHop(writer, slab, order[i] as number, startNs, encoding);
  if (slab.hasFlow[slot] === 1) writeFlow(writer, Journey.FLOW, slab.flow, slot);
  writer.varint(Journey.END_REASON, slab.endReason[slot] as number);
  if (slab.endReason[slot] === END_DROPPED) writeDropReason(writer, slab, slot, encoding);
  writeLink(writer, slab.parentId[slot] as number, Role.PARENT, slab.link[slot] as number);
  writeLink(writer, slab.childId[slot] as number, Role.CHILD, slab.childLink[slot] as number);
  writer.varint(Journey.LOST_HOPS, slab.lost[slot] as number);
  writer.varint(Journey.COMPLETENESS, completeness(slab, slot));
  writer.varint(Journey.DURATION_NS, (slab.lastNs[slot] as number) - startNs);
  if (slab.hasFlow[slot] === 1) writeProcess(writer, Journey.PROCESS, slab.flow, slot);
  writer.varint(Journey.END_STACK_ID, slab.endStack[slot] as number);
  writer.end(start);
}

/** Fills `order`; an insertion sort, because hops come in order but for a few; stable for equal times. */
function sortHops(slab: Slab, slot: number): number {
  const count = slab.hopCount[slot] as number;
  if (order.length < count) order = new Int32Array(count * 2);
  let filled = 0;
  for (let hop = slab.firstHop[slot] as number; hop !== NONE; hop = slab.hopNext[hop] as number) {
    const timeNs = slab.hopNs[hop] as number;
    let at = filled++;
    while (at > 0 && (slab.hopNs[order[at - 1] as number] as number) > timeNs) {
      order[at] = order[at - 1] as number;
      at--;
    }
    order[at] = hop;
  }
  return filled;
}

/** `ns` is counted from the base, and may lie before it. */
function writeTime(writer: Writer, field: number, base: TimeBase, ns: number): void {
  const sum = base.low + ns;
  const carry = Math.floor(sum / TWO_32);
  writer.fixed64(field, sum - carry * TWO_32, base.high + carry);
}

function writeHop(writer: Writer, slab: Slab, hop: number, startNs: number, encoding: Encoding): void {
  const words = slab.hop;
  const at = hop * HOP_WORDS;
  const functionId = words[at + HopWord.FUNCTION] as number;
  const name = encoding.functionNames?.get(functionId);
  const buffer = writer.room(MAX_HOP_BYTES + (name === undefined ? 0 : name.length));
  const start = writer.begin(Journey.HOPS);
  let to = start;
  if (name === undefined) to = putField(buffer, to, Hop.FUNCTION_ID, functionId);
  else to = putText(buffer, to, Hop.FUNCTION, name);
  to = putField(buffer, to, Hop.DELTA_NS, (slab.hopNs[hop] as number) - startNs);
  to = putField(buffer, to, Hop.CPU, words[at + HopWord.CPU] as number);
  to = putField(buffer, to, Hop.IFINDEX, words[at + HopWord.IFINDEX] as number);
  to = putField(buffer, to, Hop.NETNS, words[at + HopWord.NETNS] as number);
  writer.length = putField(buffer, to, Hop.LENGTH, words[at + HopWord.LENGTH] as number);
  const change = slab.hopChange[hop] as number;
  if (change !== NONE) writeFlow(writer, Hop.FLOW, slab.changes.words, change);
  const custom = slab.hopCustom[hop] as number;
  if (custom !== NONE) writeCustom(writer, Hop.CUSTOM, slab.customs, custom, encoding.customFields);
  writer.varint(Hop.STACK_ID, words[at + HopWord.STACK] as number);
  writer.end(start);
}

function writeDropReason(writer: Writer, slab: Slab, slot: number, encoding: Encoding): void {
  const code = slab.dropReason[slot] as number;
  const start = writer.begin(Journey.DROP_REASON);
  writer.varint(Drop.CODE, code);
  writer.bytes(Drop.NAME, encoding.dropReasons.get(code));
  writer.bytes(Drop.SUBSYSTEM, encoding.dropSubsystems.get(code >>> SUBSYSTEM_SHIFT));
  writer.bytes(Drop.LOCATION, encoding.location(slab.location[slot] as number));
  writer.end(start);
}

function writeLink(writer: Writer, journeyId: number, role: number, link: number): void {
  if (journeyId === 0) return;
  const start = writer.begin(Journey.LINKS);
  writer.varint(Link.JOURNEY_ID, journeyId);
  writer.varint(Link.ROLE, role);
  writer.varint(Link.KIND, link);
  writer.end(start);
}

function completeness(slab: Slab, slot: number): number {
  if (slab.lost[slot] !== 0) return Completeness.HOPS_LOST;
  return (slab.endReason[slot] as number) >= FIRST_OPEN_END ? Completeness.OPEN_END : Completeness.COMPLETE;
}
