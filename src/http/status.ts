/** How a call ended, in the words of the Connect protocol (connectrpc.com/docs/protocol, "Error Codes"). */
import { type Metadata, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { readDetails, type Told } from "./error-details.js";

/** How a call ended, as grpc-js has it. */
export type Ended = Parameters<ServerInterceptingCallInterface["sendStatus"]>[0];

/** An error as Connect's clients read it. */
interface ConnectError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly Told[];
}

/** A code's name in Connect, and the status of HTTP that goes with it. */
const codes: Readonly<Record<Exclude<status, status.OK>, readonly [name: string, http: number]>> = {
  [status.CANCELLED]: ["canceled", 499],
  [status.UNKNOWN]: ["unknown", 500],
  [status.INVALID_ARGUMENT]: ["invalid_argument", 400],
  [status.DEADLINE_EXCEEDED]: ["deadline_exceeded", 504],
  [status.NOT_FOUND]: ["not_found", 404],
  [status.ALREADY_EXISTS]: ["already_exists", 409],
  [status.PERMISSION_DENIED]: ["permission_denied", 403],
  [status.RESOURCE_EXHAUSTED]: ["resource_exhausted", 429],
  [status.FAILED_PRECONDITION]: ["failed_precondition", 400],
  [status.ABORTED]: ["aborted", 409],
  [status.OUT_OF_RANGE]: ["out_of_range", 400],
  [status.UNIMPLEMENTED]: ["unimplemented", 501],
  [status.INTERNAL]: ["internal", 500],
  [status.UNAVAILABLE]: ["unavailable", 503],
  [status.DATA_LOSS]: ["data_loss", 500],
  [status.UNAUTHENTICATED]: ["unauthenticated", 401],
};

/** An error, its status of HTTP, and after how many seconds trying again may help. */
export interface Failure {
  readonly error: ConnectError;
  readonly http: number;
  readonly retryAfterS: number | undefined;
}

/** What to tell of a status; undefined of OK. */
export function failureOf(ended: Ended): Failure | undefined {
  const { code, details: message, metadata } = ended;
  if (code === status.OK) return undefined;
  const [name, http] = codes[(code ?? status.UNKNOWN) as keyof typeof codes] ?? codes[status.UNKNOWN];
  const encoded = metadata?.get("grpc-status-details-bin")[0];
  const { details, retryAfterMs } = readDetails(Buffer.isBuffer(encoded) ? encoded : Buffer.alloc(0));
  return {
    error: { code: name, message: message ?? "", ...(details.length > 0 && { details }) },
    http,
    retryAfterS: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1000),
  };
}

/** Metadata that clients of HTTP get as headers: all but what is gRPC's own. */
export function headersOf(metadata: Metadata | null | undefined): Record<string, string> {
  const all = Object.entries(metadata?.getMap() ?? {});
  return Object.fromEntries(all.flatMap(([key, value]) => (key.startsWith("grpc-") ? [] : [[key, String(value)]])));
}
