/**
 * TraceResponse messages on their way to one client, numbered.
 *
 * Batches come encoded from the collector: they only get their number and field in
 * front. Everything else is rare and encoded by the generated code.
 */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { TraceResponse } from "../gen/ipftrace/v1/trace_service.js";

/** Wire keys of TraceResponse.sequence (1, varint) and .batch (3, bytes). */
const SEQUENCE = 0x08;
const BATCH = 0x1a;

const NO_TOKEN = Buffer.alloc(0);

/** One message but a batch. */
export type Notice = NonNullable<TraceResponse["event"]>;

/** Numbers and encodes the messages of one stream. */
export class ResponseEncoder {
  #sequence = 0n;

  /** A batch of journeys. */
  batch(bytes: Uint8Array): Buffer {
    const head = new BinaryWriter()
      .uint32(SEQUENCE)
      .uint64(++this.#sequence)
      .uint32(BATCH)
      .uint32(bytes.length)
      .finish();
    return Buffer.concat([head, bytes]);
  }

  /** Anything else. */
  notice(event: Notice): Buffer {
    return Buffer.from(TraceResponse.encode({ sequence: ++this.#sequence, event, resumeToken: NO_TOKEN }).finish());
  }
}
