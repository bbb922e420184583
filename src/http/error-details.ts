/** The details of an error: encoded for programs, and as JSON for whoever reads them. */
import { BinaryReader } from "@bufbuild/protobuf/wire";

/** One detail, as Connect has it. */
export interface Told {
  /** Name of the message's type. */
  readonly type: string;
  /** The encoded message in base64 without padding. */
  readonly value: string;
  /** The message as JSON. */
  readonly debug?: unknown;
}

/** Wire keys of google.rpc.Status.details (3) and of type_url (1) and value (2) of google.protobuf.Any: all bytes. */
const DETAILS = 0x1a;
const FIRST = 0x0a;
const SECOND = 0x12;

/** Reads google.rpc.Status; src/service/status.ts writes it. */
export function readDetails(encoded: Uint8Array): { details: Told[]; retryAfterMs: number | undefined } {
  let retryAfterMs: number | undefined;
  const details = bytesAt(encoded, DETAILS).map((any) => {
    const type = textAt(any, FIRST).replace(/^.*\//, "");
    const value = bytesAt(any, SECOND)[0] ?? new Uint8Array();
    if (type === "google.rpc.RetryInfo") retryAfterMs = delayMs(value);
    const debug = readers[type]?.(value);
    return { type, value: Buffer.from(value).toString("base64").replace(/=+$/, ""), ...(debug && { debug }) };
  });
  return { details, retryAfterMs };
}

/** google/rpc/error_details.proto: the parts that this server sends. */
const readers: Readonly<Record<string, (message: Uint8Array) => object>> = {
  "google.rpc.BadRequest": (message) => ({ fieldViolations: pairs(message, "field") }),
  "google.rpc.QuotaFailure": (message) => ({ violations: pairs(message, "subject") }),
  "google.rpc.RetryInfo": (message) => ({ retryDelay: `${delayMs(message) / 1000}s` }),
  "google.rpc.ErrorInfo": (message) => ({ reason: textAt(message, FIRST), domain: textAt(message, SECOND) }),
};

/** Repeated messages with two texts: a name and its description. */
function pairs(message: Uint8Array, name: string): object[] {
  return bytesAt(message, FIRST).map((one) => ({ [name]: textAt(one, FIRST), description: textAt(one, SECOND) }));
}

/** google.rpc.RetryInfo{retry_delay = 1} with google.protobuf.Duration{seconds = 1, nanos = 2}. */
function delayMs(message: Uint8Array): number {
  const reader = new BinaryReader(bytesAt(message, FIRST)[0] ?? new Uint8Array());
  let ms = 0;
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    ms += field === 1 ? Number(reader.int64()) * 1000 : reader.int32() / 1_000_000;
  }
  return ms;
}

/** The values of a field of bytes, text or messages. */
function bytesAt(message: Uint8Array, key: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (((field << 3) | type) === key) found.push(reader.bytes());
    else reader.skip(type);
  }
  return found;
}

function textAt(message: Uint8Array, key: number): string {
  return Buffer.from(bytesAt(message, key)[0] ?? []).toString();
}
