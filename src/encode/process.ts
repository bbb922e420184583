/** Writes a Process message (proto/ipftrace/v1/journey.proto) from a flow_record. */
import { COMM_BYTES, flowLayout } from "../decode/layout.js";
import { FLOW_WORDS } from "../decode/record.js";
import { textOf } from "../decode/text.js";
import { MAX_FIELD_BYTES, putText, type Writer } from "./writer.js";

const Field = { PID: 1, TID: 2, COMM: 3 } as const;
const PID_WORD = flowLayout.pid / 4;
const TID_WORD = flowLayout.tid / 4;
const COMM_WORD = flowLayout.comm / 4;

/** Writes the sender in the flow_record of a given index into `field`; nothing where there is none. */
export function writeProcess(writer: Writer, field: number, flows: Uint32Array, index: number): void {
  const at = index * FLOW_WORDS;
  const pid = flows[at + PID_WORD] as number;
  if (pid === 0) return;
  const start = writer.begin(field);
  writer.varint(Field.PID, pid);
  writer.varint(Field.TID, flows[at + TID_WORD] as number);
  writeComm(writer, flows, at + COMM_WORD);
  writer.end(start);
}

/** The thread's name up to its NUL. Any bytes may be in it, and a string of protobuf is UTF-8. */
function writeComm(writer: Writer, flows: Uint32Array, at: number): void {
  let size = 0;
  let all = 0;
  for (; size < COMM_BYTES; size++) {
    const byte = ((flows[at + (size >>> 2)] as number) >>> ((size & 3) * 8)) & 0xff;
    if (byte === 0) break;
    all |= byte;
    scratch[size] = byte;
  }
  if (all < 0x80)
    writer.length = putText(writer.room(MAX_FIELD_BYTES + size), writer.length, Field.COMM, scratch, size);
  else writer.bytes(Field.COMM, Buffer.from(textOf(Buffer.from(scratch.subarray(0, size)))));
}

const scratch = new Uint8Array(COMM_BYTES);
