/** What bpf/filter.h compares: a flow_record with the packet_fields behind it. */
import { FlowFlag, flowLayout } from "../../src/decode/layout.js";
import { packetFieldsLayout } from "../../src/filter/packet-fields.js";
import type { Flow } from "../../src/gen/ipftrace/v1/flow.js";
import type { PacketFields } from "./reference.js";

/** Bytes of both. */
export const STRUCTS_BYTES = flowLayout.size + packetFieldsLayout.size;

/** Both as the kernel fills them. */
export function encodeStructs(flow: Flow, fields: PacketFields): Buffer {
  const bytes = Buffer.alloc(STRUCTS_BYTES);
  flow.source.copy(bytes, flowLayout.source);
  flow.destination.copy(bytes, flowLayout.destination);
  bytes.writeUInt16LE(flow.sourcePort, flowLayout.source_port);
  bytes.writeUInt16LE(flow.destinationPort, flowLayout.destination_port);
  bytes.writeUInt16LE(flow.l3Protocol, flowLayout.l3_protocol);
  bytes.writeUInt8(flow.l4Protocol, flowLayout.l4_protocol);
  bytes.writeUInt8(flow.laterFragment ? FlowFlag.LATER_FRAGMENT : 0, flowLayout.flags);
  const behind = bytes.subarray(flowLayout.size);
  behind.writeBigUInt64LE(fields.cgroup, packetFieldsLayout.cgroup);
  behind.write(fields.interfaceName, packetFieldsLayout.interface);
  behind.writeUInt32LE(fields.mark, packetFieldsLayout.mark);
  behind.writeUInt32LE(fields.length, packetFieldsLayout.length);
  behind.writeUInt32LE(fields.netns, packetFieldsLayout.netns);
  return bytes;
}
