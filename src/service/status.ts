/** Errors on their way to clients: the only place that makes gRPC statuses of them. */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { type Code, IpftraceError, type Violation } from "../errors.js";

const statusOf: Record<Code, status> = {
  INVALID_INPUT: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  KERNEL_UNSUPPORTED: status.FAILED_PRECONDITION,
  NOT_PERMITTED: status.FAILED_PRECONDITION,
  ATTACH_FAILED: status.FAILED_PRECONDITION,
  LIMIT_REACHED: status.RESOURCE_EXHAUSTED,
  UNAVAILABLE: status.UNAVAILABLE,
};

const BAD_REQUEST_TYPE = "type.googleapis.com/google.rpc.BadRequest";

/** What is thrown into a call. An unknown error's text stays on the server: it may hold paths or addresses. */
export function toStatus(reason: unknown): Pick<StatusObject, "code" | "details" | "metadata"> {
  const metadata = new Metadata();
  if (!(reason instanceof IpftraceError)) return { code: status.INTERNAL, details: "internal error", metadata };
  const code = statusOf[reason.code];
  if (reason.violations.length > 0) {
    metadata.set("grpc-status-details-bin", badRequest(code, reason.message, reason.violations));
  }
  return { code, details: reason.message, metadata };
}

/** google.rpc.Status{code = 1, message = 2, details = 3} with one google.rpc.BadRequest{field_violations = 1}. */
function badRequest(code: status, message: string, violations: readonly Violation[]): Buffer {
  const details = new BinaryWriter();
  for (const { field, description } of violations) {
    details.uint32(10).fork().uint32(10).string(field).uint32(18).string(description).join();
  }
  const writer = new BinaryWriter().uint32(8).int32(code).uint32(18).string(message);
  writer.uint32(26).fork().uint32(10).string(BAD_REQUEST_TYPE).uint32(18).bytes(details.finish()).join();
  return Buffer.from(writer.finish());
}
