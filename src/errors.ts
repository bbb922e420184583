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
  /** What was to be made is there already. */
  "ALREADY_EXISTS",
  /** What was pointed at is beyond what there is: a resume token of another session. */
  "OUT_OF_RANGE",
  /** It took longer than the caller wanted to wait. */
  "TIMED_OUT",
  /** This kernel cannot do what was asked for. */
  "KERNEL_UNSUPPORTED",
  /** The process lacks a privilege. */
  "NOT_PERMITTED",
  /** The server cannot tell who the client is. */
  "UNAUTHENTICATED",
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

/** Long enough not to be a load, short enough for somebody who waits. */
const RETRY_AFTER_MS = 5000;

/** A limit that was reached. */
export interface Quota {
  /** Its name in NodeLimits, for example `max_traces`. */
  readonly subject: string;
  /** What it is, what is taken of it, how to mend it. */
  readonly description: string;
}

interface Details extends ErrorOptions {
  readonly violations?: readonly Violation[];
  readonly quota?: Quota;
  readonly retryAfterMs?: number;
}

/** An error that the caller can understand and mend. */
export class IpftraceError extends Error {
  override readonly name = "IpftraceError";
  readonly code: Code;
  /** Fields at fault, for INVALID_INPUT; empty otherwise. */
  readonly violations: readonly Violation[];
  /** The limit, for LIMIT_REACHED. */
  readonly quota: Quota | undefined;
  /** When trying again may help, milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(code: Code, message: string, options: Details = {}) {
    super(message, options);
    this.code = code;
    this.violations = options.violations ?? [];
    this.quota = options.quota;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Wraps whatever was caught: an IpftraceError passes through, anything else becomes the cause. */
  static from(reason: unknown, code: Code, what: string): IpftraceError {
    if (reason instanceof IpftraceError) return reason;
    return new IpftraceError(code, `${what}: ${messageOf(reason)}`, { cause: reason });
  }

  /** Of a server that drains. Whoever starts it again does so at once. */
  static stopping(): IpftraceError {
    return new IpftraceError("UNAVAILABLE", "the server is stopping", { retryAfterMs: RETRY_AFTER_MS });
  }

  /** A LIMIT_REACHED error; `subject` as in {@link Quota}. Others may leave at any time, so trying again may help. */
  static overLimit(subject: string, description: string): IpftraceError {
    return new IpftraceError("LIMIT_REACHED", `${description} (${subject})`, {
      quota: { subject, description },
      retryAfterMs: RETRY_AFTER_MS,
    });
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

/** What clients hear of anything that was thrown: a text that nobody wrote for them may hold paths or addresses. */
export function publicMessageOf(reason: unknown): string {
  return reason instanceof IpftraceError ? reason.message : "internal error";
}
