/** The way to a server. */

import { openClient } from "../client/channel.js";
import { IpftraceError } from "../errors.js";
import type { TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";
import { type ServerOptions, tlsOptions } from "./client-tls.js";

/**
 * A connected client of the server at `target` (`unix:PATH` or `HOST:PORT`).
 *
 * Throws UNAVAILABLE, with the reason and what to do, as soon as the connection is refused,
 * and after five seconds without an answer; INVALID_INPUT for certificates that cannot be used.
 */
export async function connect(target: string, way: ServerOptions = {}): Promise<TraceServiceClient> {
  const tls = tlsOptions(way);
  try {
    return await openClient(target, tls && { tls });
  } catch (reason) {
    const { code, message } = IpftraceError.from(reason, "UNAVAILABLE", target);
    const isTls = tls !== undefined || message.includes("TLS");
    const advice = isTls
      ? "its options are --tls-ca, --tls-cert, --tls-key and --tls-server-name"
      : `start it with "ipftrace serve", or leave --server out to trace this machine without one`;
    throw new IpftraceError(code, `${message}; ${advice}`, { cause: reason });
  }
}
