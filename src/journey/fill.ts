/** Copies records of the ring into the slab. Pure: which slot and which hop is the assembler's affair. */
import { HopFlag } from "../decode/layout.js";
import * as record from "../decode/record.js";
import { copyWords } from "./copy-words.js";
import { HOP_WORDS, HopWord, type Slab } from "./slab.js";

/** LinkKind of journey.proto. */
export const LINK_CONTINUATION = 1;

/** Begins a journey with its first record, which has the packet's flow. */
export function fillFirst(slab: Slab, slot: number, words: Uint32Array, at: number, timeNs: number): void {
  copyWords(words, at + record.FLOW_AT, slab.flow, slot * record.FLOW_WORDS, record.FLOW_WORDS);
  slab.hasFlow[slot] = 1;
  slab.link[slot] = record.linkOf(words, at);
  slab.skbLow[slot] = record.skbLowOf(words, at);
  slab.skbHigh[slot] = record.skbHighOf(words, at);
  slab.startNs[slot] = timeNs;
  slab.lastNs[slot] = timeNs;
}

/** Begins a journey that goes on where another reached its limit of hops; its first record sets the times. */
export function fillContinuation(slab: Slab, slot: number, before: number): void {
  slab.flow.set(slab.currentFlow(before), slot * record.FLOW_WORDS);
  slab.hasFlow[slot] = slab.hasFlow[before] as number;
  slab.parentId[slot] = slab.publicId[before] as number;
  slab.link[slot] = LINK_CONTINUATION;
  slab.skbLow[slot] = slab.skbLow[before] as number;
  slab.skbHigh[slot] = slab.skbHigh[before] as number;
  slab.startNs[slot] = Number.POSITIVE_INFINITY;
  slab.lastNs[slot] = slab.lastNs[before] as number;
  slab.lostBefore[slot] = (slab.lostBefore[before] as number) + (slab.lost[before] as number);
}

/** Fills one hop. */
export function fillHop(
  slab: Slab,
  hop: number,
  words: Uint32Array,
  at: number,
  timeNs: number,
  functionId: number,
): void {
  slab.hopNs[hop] = timeNs;
  const to = hop * HOP_WORDS;
  slab.hop[to + HopWord.FUNCTION] = functionId;
  slab.hop[to + HopWord.LENGTH] = record.lengthOf(words, at);
  slab.hop[to + HopWord.IFINDEX] = record.ifindexOf(words, at);
  slab.hop[to + HopWord.NETNS] = record.netnsOf(words, at);
  slab.hop[to + HopWord.STACK] = record.stackOf(words, at);
  slab.hop[to + HopWord.CPU] = record.cpuOf(words, at);
  const flags = record.flagsOf(words, at);
  if (flags & HopFlag.CHANGED) slab.hopChange[hop] = slab.changes.put(words, at + record.FLOW_AT);
  if (flags & HopFlag.CUSTOM) slab.hopCustom[hop] = slab.customs.put(words, record.customAt(words, at));
}

/** Notes the journey that a packet went into. */
export function fillLink(slab: Slab, slot: number, words: Uint32Array, at: number, publicId: number): void {
  slab.childId[slot] = publicId;
  slab.childLink[slot] = record.linkOf(words, at);
}

/** Makes a journey last from its earliest to its latest record. */
export function stretch(slab: Slab, slot: number, timeNs: number): void {
  if (timeNs < (slab.startNs[slot] as number)) slab.startNs[slot] = timeNs;
  if (timeNs > (slab.lastNs[slot] as number)) slab.lastNs[slot] = timeNs;
}

/** Takes the kernel's number of lost hops, of which the parts before a limit of hops have told theirs. */
export function noteLost(slab: Slab, slot: number, total: number): void {
  const { lost, lostBefore } = slab;
  lost[slot] = Math.max(lost[slot] as number, total - (lostBefore[slot] as number));
}
