/**
 * A number for a conversation: the same in both directions, on every node and in every trace, so
 * that whoever samples keeps or leaves out whole conversations.
 */
import { FlowFlag } from "../decode/layout.js";
import { FLOW_WORDS } from "../decode/record.js";
import { FlowWord } from "./flow-words.js";

/**
 * 32 bits for the flow_record of a given index in an array of them; not cryptographic.
 * Fragments but the first have no ports: those between two addresses are one conversation.
 */
export function conversationOf(flows: Uint32Array, index: number): number {
  const at = index * FLOW_WORDS;
  const ports = flows[at + FlowWord.PORTS] as number;
  const protocols = flows[at + FlowWord.PROTOCOLS] as number;
  // Either end may be the source: a sum does not tell which one came first.
  const source = endpoint(flows, at + FlowWord.SOURCE, ports & 0xffff);
  const destination = endpoint(flows, at + FlowWord.DESTINATION, ports >>> 16);
  // A later fragment has no ports, and its flags would set it further apart.
  return mixed(((source + destination) | 0) ^ (protocols & ~(FlowFlag.LATER_FRAGMENT << 24))) >>> 0;
}

/** Signed, as all numbers on the way: V8 makes an object of a larger one. */
function endpoint(flows: Uint32Array, at: number, port: number): number {
  let hash = port;
  for (let word = 0; word < 4; word++) hash = mixed(hash ^ (flows[at + word] as number));
  return hash;
}

/** Every bit of the result depends on every bit of the number: the finalizer of MurmurHash3 (Austin Appleby, public domain). */
function mixed(number: number): number {
  let hash = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
