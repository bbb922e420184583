/**
 * TraceResponse messages on their way to one client, numbered.
 *
 * Batches come encoded from the collector: they only get their number and field in
 * front. Everything else is rare and encoded by the generated code.
 */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { TraceResponse } from "../gen/ipftrace/v1/trace_service.js";

/** Wire keys of TraceResponse.sequence (1, varint), .batch (3, bytes) and .resume_token (9, bytes). */
const SEQUENCE = 0x08;
const BATCH = 0x1a;
const RESUME_TOKEN = 0x4a;

/** For a stream that cannot be resumed. */
export const NO_TOKEN = Buffer.alloc(0);

/** One message but a batch. */
export type Notice = NonNullable<TraceResponse["event"]>;

/** Numbers and encodes the messages of one stream. */
export class ResponseEncoder {
  #sequence = 0n;

  /** A batch of journeys, and where to go on after it. */
  batch(bytes: Uint8Array, resumeToken: Buffer = NO_TOKEN): Buffer {
    const head = new BinaryWriter()
      .uint32(SEQUENCE)
      .uint64(++this.#sequence)
      .uint32(BATCH)
      .uint32(bytes.length)
      .finish();
    if (resumeToken.length === 0) return Buffer.concat([head, bytes]);
    return Buffer.concat([head, bytes, new BinaryWriter().uint32(RESUME_TOKEN).bytes(resumeToken).finish()]);
  }

  /** Anything else. */
  notice(event: Notice, resumeToken: Buffer = NO_TOKEN): Buffer {
    return Buffer.from(TraceResponse.encode({ sequence: ++this.#sequence, event, resumeToken }).finish());
  }
}
