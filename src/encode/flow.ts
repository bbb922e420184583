/** Writes a Flow message (proto/ipftrace/v1/flow.proto) from a flow_record. */
import { FlowFlag } from "../decode/layout.js";
import { FLOW_WORDS } from "../decode/record.js";
import { FlowWord } from "./flow-words.js";
import type { Writer } from "./writer.js";

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

/** Field numbers of Flow and IcmpHeader. */
const Field = {
  L3_PROTOCOL: 1,
  L4_PROTOCOL: 2,
  SOURCE: 3,
  DESTINATION: 4,
  SOURCE_PORT: 5,
  DESTINATION_PORT: 6,
  ICMP: 7,
  LATER_FRAGMENT: 8,
} as const;
const ICMP_TYPE = 1;
const ICMP_CODE = 2;

/** Writes the flow_record of a given index in an array of them into `field`. */
export function writeFlow(writer: Writer, field: number, flows: Uint32Array, index: number): void {
  const at = index * FLOW_WORDS;
  const protocols = flows[at + FlowWord.PROTOCOLS] as number;
  const ports = flows[at + FlowWord.PORTS] as number;
  const l3Protocol = protocols & 0xffff;
  const flags = protocols >>> 24;
  const addressWords = addressWordsOf(l3Protocol);
  const start = writer.begin(field);
  writer.varint(Field.L3_PROTOCOL, l3Protocol);
  writer.varint(Field.L4_PROTOCOL, (protocols >>> 16) & 0xff);
  writer.words(Field.SOURCE, flows, at + FlowWord.SOURCE, addressWords);
  writer.words(Field.DESTINATION, flows, at + FlowWord.DESTINATION, addressWords);
  writer.varint(Field.SOURCE_PORT, ports & 0xffff);
  writer.varint(Field.DESTINATION_PORT, ports >>> 16);
  if (flags & FlowFlag.ICMP) {
    const icmp = flows[at + FlowWord.ICMP] as number;
    const header = writer.begin(Field.ICMP);
    writer.varint(ICMP_TYPE, icmp & 0xff);
    writer.varint(ICMP_CODE, (icmp >>> 8) & 0xff);
    writer.end(header);
  }
  writer.varint(Field.LATER_FRAGMENT, flags & FlowFlag.LATER_FRAGMENT ? 1 : 0);
  writer.end(start);
}

/** Words of an address by EtherType; other packets have none. */
function addressWordsOf(l3Protocol: number): number {
  if (l3Protocol === ETHERTYPE_IPV4) return 1;
  return l3Protocol === ETHERTYPE_IPV6 ? 4 : 0;
}
