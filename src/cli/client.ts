/** The way to a server. */

import { openClient } from "../client/channel.js";
import { IpftraceError } from "../errors.js";
import type { TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";

/**
 * A connected client of the server at `target` (`unix:PATH` or `HOST:PORT`, without TLS).
 *
 * Throws UNAVAILABLE, with the reason and what to do, as soon as the connection is refused,
 * and after five seconds without an answer.
 */
export async function connect(target: string): Promise<TraceServiceClient> {
  try {
    return await openClient(target);
  } catch (reason) {
    const { message } = IpftraceError.from(reason, "UNAVAILABLE", target);
    const advice = `start it with "ipftrace serve", or leave --server out to trace this machine without one`;
    throw new IpftraceError("UNAVAILABLE", `${message}; ${advice}`, { cause: reason });
  }
}
