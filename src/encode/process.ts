/** Writes a Process message (proto/ipftrace/v1/journey.proto) from a flow_record. */
import { COMM_BYTES, flowLayout } from "../decode/layout.js";
import { FLOW_WORDS } from "../decode/record.js";
import { textOf } from "../decode/text.js";
import type { Writer } from "./writer.js";

const Field = { PID: 1, TID: 2, COMM: 3 } as const;
const PID_WORD = flowLayout.pid / 4;
const TID_WORD = flowLayout.tid / 4;

/** Writes the sender in the flow_record of a given index into `field`; nothing where there is none. */
export function writeProcess(writer: Writer, field: number, flows: Uint32Array, index: number): void {
  const at = index * FLOW_WORDS;
  const pid = flows[at + PID_WORD] as number;
  if (pid === 0) return;
  const comm = Buffer.from(flows.buffer, at * 4 + flowLayout.comm, COMM_BYTES);
  const start = writer.begin(field);
  writer.varint(Field.PID, pid);
  writer.varint(Field.TID, flows[at + TID_WORD] as number);
  writer.bytes(Field.COMM, Buffer.from(textOf(comm)));
  writer.end(start);
}
