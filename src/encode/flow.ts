/** Writes a Flow message (proto/ipftrace/v1/flow.proto) from a flow_record. */
import { FlowFlag, flowLayout } from "../decode/layout.js";
import { FLOW_WORDS } from "../decode/record.js";
import type { Writer } from "./writer.js";

/** Bytes of an address by EtherType; other packets have none. */
const addressSizes: Readonly<Record<number, number>> = { 2048: 4, 34525: 16 };

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
  const record = Buffer.from(flows.buffer, index * FLOW_WORDS * 4, FLOW_WORDS * 4);
  const l3Protocol = record.readUInt16LE(flowLayout.l3_protocol);
  const flags = record.readUInt8(flowLayout.flags);
  const addressBytes = addressSizes[l3Protocol] ?? 0;
  const start = writer.begin(field);
  writer.varint(Field.L3_PROTOCOL, l3Protocol);
  writer.varint(Field.L4_PROTOCOL, record.readUInt8(flowLayout.l4_protocol));
  writer.bytes(Field.SOURCE, record.subarray(flowLayout.source, flowLayout.source + addressBytes));
  writer.bytes(Field.DESTINATION, record.subarray(flowLayout.destination, flowLayout.destination + addressBytes));
  writer.varint(Field.SOURCE_PORT, record.readUInt16LE(flowLayout.source_port));
  writer.varint(Field.DESTINATION_PORT, record.readUInt16LE(flowLayout.destination_port));
  if (flags & FlowFlag.ICMP) {
    const icmp = writer.begin(Field.ICMP);
    writer.varint(ICMP_TYPE, record.readUInt8(flowLayout.icmp_type));
    writer.varint(ICMP_CODE, record.readUInt8(flowLayout.icmp_code));
    writer.end(icmp);
  }
  writer.varint(Field.LATER_FRAGMENT, flags & FlowFlag.LATER_FRAGMENT ? 1 : 0);
  writer.end(start);
}
