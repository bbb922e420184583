/** Writes records as the kernel does, where no packet is to be had: for a rehearsal, and for tests. */
import { FlowFlag, flowLayout, HopFlag, hopLayout } from "./layout.js";

/** Headers of a packet, as a flow_record has them; what is left out is zero. */
export interface FlowFields {
  /** Number of the journey that this one came from. */
  readonly parent?: number;
  /** LinkKind; left out: a continuation where there is a parent. */
  readonly link?: number;
  /** 4 or 16 bytes. */
  readonly source?: readonly number[];
  readonly destination?: readonly number[];
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly l3Protocol?: number;
  readonly l4Protocol?: number;
  readonly icmp?: readonly [type: number, code: number];
  readonly isLaterFragment?: boolean;
  /** Deaths before at addresses like the packet's own, plus 1. */
  readonly deaths?: number;
  /** The sender. */
  readonly process?: { readonly pid: number; readonly tid: number; readonly comm: string };
}

/** One record of the kernel; what is left out is zero, and the record is a row without a flow. */
export interface RecordFields {
  readonly timeNs: number | bigint;
  readonly journey: number;
  readonly skb?: bigint;
  readonly function?: number | bigint;
  readonly length?: number;
  readonly ifindex?: number;
  readonly netns?: number;
  readonly stack?: number;
  readonly location?: number;
  readonly cpu?: number;
  /** False for an end outside of the traced functions. */
  readonly isRow?: boolean;
  /** EndReason, for a record that ends its journey. */
  readonly end?: number;
  readonly dropReason?: number;
  readonly lost?: number;
  readonly flow?: FlowFields;
  /** The flow's parent and link are those of a journey that this packet went into. */
  readonly isLink?: boolean;
  /** The flow is not that of the hop before. */
  readonly isChanged?: boolean;
  /** The block of the modules. */
  readonly custom?: Buffer;
}

/** Writes a record as bpf/record.h lays it out, from word `at` on; returns its bytes. */
export function writeRecord(words: Uint32Array, at: number, fields: RecordFields): number {
  const view = new DataView(words.buffer, words.byteOffset + at * 4);
  const { flow } = fields;
  const u32 = (offset: number, value = 0): void => view.setUint32(offset, value, true);
  const u64 = (offset: number, value: number | bigint = 0): void => view.setBigUint64(offset, BigInt(value), true);
  const flags =
    (fields.isRow === false ? 0 : HopFlag.ROW) |
    (flow === undefined ? 0 : HopFlag.FLOW) |
    (fields.custom === undefined ? 0 : HopFlag.CUSTOM) |
    (fields.end === undefined ? 0 : HopFlag.END) |
    (fields.isChanged ? HopFlag.CHANGED : 0) |
    (fields.isLink ? HopFlag.LINK : 0);
  u64(hopLayout.time_ns, fields.timeNs);
  u64(hopLayout.journey, fields.journey);
  u64(hopLayout.skb, fields.skb);
  u64(hopLayout.function, fields.function);
  u32(hopLayout.length, fields.length);
  u32(hopLayout.ifindex, fields.ifindex);
  u32(hopLayout.netns, fields.netns);
  u32(hopLayout.stack, fields.stack);
  view.setUint16(hopLayout.cpu, fields.cpu ?? 0, true);
  view.setUint8(hopLayout.flags, flags);
  view.setUint8(hopLayout.end_reason, fields.end ?? 0);
  u32(hopLayout.drop_reason, fields.dropReason);
  u32(hopLayout.lost, fields.lost);
  u32(hopLayout.location, fields.location);
  if (flow !== undefined) {
    writeFlowRecord(new DataView(view.buffer, view.byteOffset + hopLayout.size, flowLayout.size), flow);
  }
  const bytes = hopLayout.size + (flow === undefined ? 0 : flowLayout.size);
  const custom = fields.custom ?? Buffer.alloc(0);
  new Uint8Array(view.buffer, view.byteOffset + bytes, custom.length).set(custom);
  return bytes + custom.length;
}

/** Writes a flow_record. */
export function writeFlowRecord(view: DataView, flow: FlowFields): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, flowLayout.size).fill(0);
  const flags = (flow.icmp === undefined ? 0 : FlowFlag.ICMP) | (flow.isLaterFragment ? FlowFlag.LATER_FRAGMENT : 0);
  view.setBigUint64(flowLayout.parent, BigInt(flow.parent ?? 0), true);
  bytes.set(flow.source ?? [], flowLayout.source);
  bytes.set(flow.destination ?? [], flowLayout.destination);
  view.setUint16(flowLayout.source_port, flow.sourcePort ?? 0, true);
  view.setUint16(flowLayout.destination_port, flow.destinationPort ?? 0, true);
  view.setUint16(flowLayout.l3_protocol, flow.l3Protocol ?? 0x0800, true);
  bytes[flowLayout.l4_protocol] = flow.l4Protocol ?? 0;
  bytes[flowLayout.flags] = flags;
  bytes[flowLayout.icmp_type] = flow.icmp?.[0] ?? 0;
  bytes[flowLayout.link] = flow.link ?? (flow.parent ? 1 : 0);
  view.setUint32(flowLayout.deaths, flow.deaths ?? 0, true);
  bytes[flowLayout.icmp_code] = flow.icmp?.[1] ?? 0;
  if (flow.process === undefined) return;
  view.setUint32(flowLayout.pid, flow.process.pid, true);
  view.setUint32(flowLayout.tid, flow.process.tid, true);
  bytes.set(Buffer.from(flow.process.comm), flowLayout.comm);
}
