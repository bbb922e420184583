/** The body of a request, and the envelopes in which Connect's streams have their messages. */
import type { IncomingMessage } from "node:http";
import { IpftraceError } from "../errors.js";

/** Flags, one byte, and length, four, in front of a message. */
const ENVELOPE_HEAD = 5;
/** Flags of an envelope: its message is compressed; it is the last one, and says how the stream ended. */
const COMPRESSED = 0x01;
const END_STREAM = 0x02;

/** The whole body. @throws IpftraceError LIMIT_REACHED for one that is longer than `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLong(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Whoever sends too much is told so: the connection stays until then.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLong(maxBytes: number): IpftraceError {
  return new IpftraceError("LIMIT_REACHED", `the request has more than the ${maxBytes} bytes that this server reads`);
}

/** The one message of a stream's request. @throws IpftraceError INVALID_INPUT */
export function openEnvelope(body: Buffer): Buffer {
  if (body.length < ENVELOPE_HEAD)
    throw invalid(`has ${body.length} bytes: an envelope begins with flags and a length`);
  if (body.readUInt8(0) & COMPRESSED) throw invalid("is compressed, which this server does not read");
  const length = body.readUInt32BE(1);
  const message = body.subarray(ENVELOPE_HEAD);
  if (message.length === length) return message;
  throw invalid(`has ${message.length} bytes behind its head, which says ${length}: give one message`);
}

/** A message on its way. */
export function envelope(message: Uint8Array): Buffer {
  return withHead(0, message);
}

/** The end of a stream. */
export function endEnvelope(message: Uint8Array): Buffer {
  return withHead(END_STREAM, message);
}

function withHead(flags: number, message: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(ENVELOPE_HEAD + message.length);
  whole.writeUInt8(flags, 0);
  whole.writeUInt32BE(message.length, 1);
  whole.set(message, ENVELOPE_HEAD);
  return whole;
}

function invalid(description: string): IpftraceError {
  return IpftraceError.invalid([{ field: "body", description }]);
}
