/**
 * The one error class of ipftrace.
 *
 * A room throws an IpftraceError when it can say what is wrong in words that help the
 * person who caused it; everything else that is thrown is a defect. src/service/status.ts
 * turns codes into gRPC statuses, src/cli/exit.ts into exit statuses.
 */

/** Stable: clients and scripts may match on these. Adding one is a minor change. */
export const codes = [
  /** The caller gave something that cannot be used; `violations` names each field at fault. */
  "INVALID_INPUT",
  /** What was named does not exist. */
  "NOT_FOUND",
  /** This kernel cannot do what was asked for. */
  "KERNEL_UNSUPPORTED",
  /** The process lacks a privilege. */
  "NOT_PERMITTED",
  /** The client may not ask for this. */
  "FORBIDDEN",
  /** The kernel refused a program or a probe. */
  "ATTACH_FAILED",
  /** A limit of the server is reached. */
  "LIMIT_REACHED",
  /** The server is stopping, or is not there. */
  "UNAVAILABLE",
] as const;

/** One of {@link codes}. */
export type Code = (typeof codes)[number];

/** One field at fault. */
export interface Violation {
  /** Path of the field in the request, for example `filter.allow[0].source_ipv4[0]`. */
  readonly field: string;
  /** What was given, what is accepted, how to mend it. */
  readonly description: string;
}

/** An error that the caller can understand and mend. */
export class IpftraceError extends Error {
  override readonly name = "IpftraceError";
  readonly code: Code;
  /** Fields at fault, for INVALID_INPUT; empty otherwise. */
  readonly violations: readonly Violation[];

  constructor(code: Code, message: string, options: ErrorOptions & { violations?: readonly Violation[] } = {}) {
    super(message, options);
    this.code = code;
    this.violations = options.violations ?? [];
  }

  /** Wraps whatever was caught: an IpftraceError passes through, anything else becomes the cause. */
  static from(reason: unknown, code: Code, what: string): IpftraceError {
    if (reason instanceof IpftraceError) return reason;
    return new IpftraceError(code, `${what}: ${messageOf(reason)}`, { cause: reason });
  }

  /** An INVALID_INPUT error from all faults of a request at once. */
  static invalid(violations: readonly Violation[]): IpftraceError {
    const text = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
    return new IpftraceError("INVALID_INPUT", text, { violations });
  }
}

/** The text of anything that was thrown. */
export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
