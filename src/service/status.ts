/** Errors on their way to clients: the only place that makes gRPC statuses of them. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { type Code, IpftraceError, publicMessageOf, type Violation } from "../errors.js";

const statusOf: Record<Code, status> = {
  INVALID_INPUT: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  OUT_OF_RANGE: status.OUT_OF_RANGE,
  TIMED_OUT: status.DEADLINE_EXCEEDED,
  KERNEL_UNSUPPORTED: status.FAILED_PRECONDITION,
  NOT_PERMITTED: status.FAILED_PRECONDITION,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  ATTACH_FAILED: status.FAILED_PRECONDITION,
  LIMIT_REACHED: status.RESOURCE_EXHAUSTED,
  UNAVAILABLE: status.UNAVAILABLE,
};

/**
 * Clients commonly accept 8 KiB of trailers: the text, percent-encoded, and the details, in
 * base64, must fit with the text in them once more. Bytes, before and after these encodings.
 */
const MAX_ENCODED_TEXT_BYTES = 1000;
const MAX_VIOLATIONS_BYTES = 4000;

/** In front of the names of google/rpc/error_details.proto. */
const TYPE = "type.googleapis.com/google.rpc.";

/** google.rpc.ErrorInfo.domain: whose reasons they are. */
const DOMAIN = "ipftrace";

const OUT_OF_FILES =
  "the server has no file descriptor left: raise its limit (LimitNOFILE= of its unit, ulimit -n), or let clients close connections";

/** What is thrown into a call. An unknown error's text stays on the server. */
export function toStatus(reason: unknown): Pick<StatusObject, "code" | "details" | "metadata"> {
  const metadata = new Metadata();
  if (isOutOfFiles(reason)) return { code: status.RESOURCE_EXHAUSTED, details: OUT_OF_FILES, metadata };
  if (!(reason instanceof IpftraceError)) {
    return { code: status.INTERNAL, details: publicMessageOf(reason), metadata };
  }
  const code = statusOf[reason.code];
  const details = shortened(reason.message);
  metadata.set("grpc-status-details-bin", richStatus(code, details, detailsOf(reason)));
  return { code, details, metadata };
}

/** One google.protobuf.Any: the name of a type of google.rpc, and its encoded message. */
type Detail = readonly [name: string, message: Uint8Array];

function detailsOf({ code, violations, quota, retryAfterMs }: IpftraceError): Detail[] {
  const parts: Detail[] = [];
  if (violations.length > 0) parts.push(["BadRequest", badRequest(violations)]);
  if (quota !== undefined) parts.push(["QuotaFailure", pair(10, quota.subject, shortened(quota.description))]);
  if (retryAfterMs !== undefined) parts.push(["RetryInfo", retryInfo(retryAfterMs)]);
  // Several of our codes share a status: google.rpc.ErrorInfo{reason = 1, domain = 2} tells them apart.
  parts.push(["ErrorInfo", texts(code, DOMAIN)]);
  return parts;
}

/** Whatever was being read then. */
function isOutOfFiles(reason: unknown): boolean {
  return reason instanceof Error && "code" in reason && (reason.code === "EMFILE" || reason.code === "ENFILE");
}

/** As much of a text as fits, with an ellipsis where something is missing. */
function shortened(text: string): string {
  let bytes = 0;
  let kept = "";
  for (const character of text) {
    bytes += encodeURI(character).length;
    if (bytes > MAX_ENCODED_TEXT_BYTES) return `${kept}…`;
    kept += character;
  }
  return text;
}

/** google.rpc.Status{code = 1, message = 2, details = 3}. */
function richStatus(code: status, message: string, parts: readonly Detail[]): Buffer {
  const writer = new BinaryWriter().uint32(8).int32(code).uint32(18).string(message);
  for (const [name, encoded] of parts) {
    writer
      .uint32(26)
      .fork()
      .uint32(10)
      .string(TYPE + name)
      .uint32(18)
      .bytes(encoded)
      .join();
  }
  return Buffer.from(writer.finish());
}

/** google.rpc.BadRequest{field_violations = 1}: those that fit. */
function badRequest(violations: readonly Violation[]): Uint8Array {
  const details = new BinaryWriter();
  let bytes = 0;
  for (const { field, description } of violations) {
    const violation = pair(10, field, description);
    bytes += violation.length;
    if (bytes > MAX_VIOLATIONS_BYTES) break;
    details.raw(violation);
  }
  return details.finish();
}

/** A message with two texts, 1 and 2, in a field of this wire key: a violation of a field, or of a quota. */
function pair(key: number, first: string, second: string): Uint8Array {
  return new BinaryWriter().uint32(key).bytes(texts(first, second)).finish();
}

/** A message with two texts, 1 and 2. */
function texts(first: string, second: string): Uint8Array {
  return new BinaryWriter().uint32(10).string(first).uint32(18).string(second).finish();
}

/** google.rpc.RetryInfo{retry_delay = 1} with google.protobuf.Duration{seconds = 1, nanos = 2}. */
function retryInfo(ms: number): Uint8Array {
  const seconds = Math.floor(ms / 1000);
  const writer = new BinaryWriter().uint32(10).fork().uint32(8).int64(seconds);
  return writer
    .uint32(16)
    .int32((ms - seconds * 1000) * 1_000_000)
    .join()
    .finish();
}
