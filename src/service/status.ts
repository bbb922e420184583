/** Errors on their way to clients: the only place that makes gRPC statuses of them. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { type Code, IpftraceError, type Violation } from "../errors.js";

const statusOf: Record<Code, status> = {
  INVALID_INPUT: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  KERNEL_UNSUPPORTED: status.FAILED_PRECONDITION,
  NOT_PERMITTED: status.FAILED_PRECONDITION,
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

const BAD_REQUEST_TYPE = "type.googleapis.com/google.rpc.BadRequest";

/** What is thrown into a call. An unknown error's text stays on the server: it may hold paths or addresses. */
export function toStatus(reason: unknown): Pick<StatusObject, "code" | "details" | "metadata"> {
  const metadata = new Metadata();
  if (!(reason instanceof IpftraceError)) return { code: status.INTERNAL, details: "internal error", metadata };
  const code = statusOf[reason.code];
  const details = shortened(reason.message);
  if (reason.violations.length > 0) {
    metadata.set("grpc-status-details-bin", badRequest(code, details, reason.violations));
  }
  return { code, details, metadata };
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

/**
 * google.rpc.Status{code = 1, message = 2, details = 3} with one
 * google.rpc.BadRequest{field_violations = 1}: those that fit.
 */
function badRequest(code: status, message: string, violations: readonly Violation[]): Buffer {
  const details = new BinaryWriter();
  let bytes = 0;
  for (const { field, description } of violations) {
    const violation = new BinaryWriter().uint32(10).string(field).uint32(18).string(description).finish();
    bytes += violation.length;
    if (bytes > MAX_VIOLATIONS_BYTES) break;
    details.uint32(10).bytes(violation);
  }
  const writer = new BinaryWriter().uint32(8).int32(code).uint32(18).string(message);
  writer.uint32(26).fork().uint32(10).string(BAD_REQUEST_TYPE).uint32(18).bytes(details.finish()).join();
  return Buffer.from(writer.finish());
}
