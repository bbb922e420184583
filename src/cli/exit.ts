/** How a command ends: one place that turns errors into lines on standard error and an exit status. */

import { printable } from "../client/printable.js";
import { IpftraceError, messageOf } from "../errors.js";
import type { Io } from "./io.js";

/** The command line itself is wrong: click's status, too. */
const USAGE_STATUS = 2;
/** Anything else failed. */
export const FAILURE_STATUS = 1;

/** gRPC status codes (grpc/status.h); named here so that a bad option does not load grpc-js. */
const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;

/** IpftraceError.invalid joins faults with "; ", and each begins with the path of a field of a request. */
const NEXT_FAULT =
  /; (?=(?:filter|manifest|manifest_name|module|module_names|modules|backend|options|function_regex|begin_regex|session|name_contains|page_size|page_token)\b[\w.[\]]*: )/;

/** A fault of the command line, in one sentence; or the faults of a configuration, one a line. */
export function failUsage(io: Pick<Io, "err">, sentence: string): number {
  return say(io, sentence.split("\n"), USAGE_STATUS);
}

/** Whatever a command threw. */
export function failWith(io: Pick<Io, "err">, reason: unknown): number {
  const lines = failureLines(reason).flatMap((text) => text.split("\n"));
  return say(io, lines, FAILURE_STATUS);
}

function say({ err }: Pick<Io, "err">, lines: readonly string[], status: number): number {
  err.write(lines.map((line) => `ipftrace: ${printable(line)}\n`).join(""));
  return status;
}

function failureLines(reason: unknown): string[] {
  if (reason instanceof IpftraceError) {
    const { violations, message } = reason;
    return violations.length > 1 ? violations.map((one) => `${one.field}: ${one.description}`) : [message];
  }
  if (isServiceError(reason)) return serviceLines(reason);
  const stack = reason instanceof Error ? reason.stack : undefined;
  return ["this is a defect of ipftrace, please report it:", stack ?? messageOf(reason)];
}

interface ServiceFault {
  readonly code: number;
  readonly details: string;
}

/** Whether it is how a call of gRPC failed. */
export function isServiceError(reason: unknown): reason is Error & ServiceFault {
  const { code, details } = (reason ?? {}) as Partial<ServiceFault>;
  return reason instanceof Error && typeof code === "number" && typeof details === "string";
}

function serviceLines({ code, details }: ServiceFault): string[] {
  switch (code) {
    case INVALID_ARGUMENT:
      return details.split(NEXT_FAULT);
    case UNIMPLEMENTED:
      return [`the server does not know this request; is it an ipftrace server of this version? (${details})`];
    case UNAVAILABLE:
      return [`the server is gone, or stopping: ${details}`];
    default:
      return [details === "" ? `the server answered with gRPC status ${code}` : details];
  }
}
