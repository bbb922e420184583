/** The way to a server. */

import { type ClientOptions, credentials, connectivityState as state } from "@grpc/grpc-js";
import { IpftraceError } from "../errors.js";
import { TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";

const options: ClientOptions = {
  // The HTTP/2 default of 64 KiB lets a server stall for every round trip.
  "grpc-node.flow_control_window": 4 * 1024 * 1024,
  // A page of functions, or the dictionary of a large manifest, may exceed the default of 4 MiB.
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
  // An ipftrace server stands on the node or near it; http_proxy is meant for other things.
  "grpc.enable_http_proxy": 0,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/** How long a server may take to accept the connection. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Asking why a connection failed takes no network. */
const REASON_TIMEOUT_MS = 1_000;

/**
 * A connected client of the server at `target` (`unix:PATH` or `HOST:PORT`, without TLS).
 *
 * Throws UNAVAILABLE, with the reason and what to do, as soon as the connection is refused,
 * and after five seconds without an answer.
 */
export async function connect(target: string): Promise<TraceServiceClient> {
  const client = new TraceServiceClient(target, credentials.createInsecure(), options);
  const reason = await connectionFault(client);
  if (reason === undefined) return client;
  client.close();
  const advice = `start it with "ipftrace serve", or leave --server out to trace this machine without one`;
  throw new IpftraceError("UNAVAILABLE", `cannot reach the server at ${target}: ${reason}; ${advice}`);
}

/** What grpc-js says around the system's own reason. */
const BEFORE_REASON = /^.*Last error: (?:Error: )?/s;
const AFTER_REASON = /\.? Resolution note: .*$/s;

/** Why there is no connection; undefined when there is one. */
async function connectionFault(client: TraceServiceClient): Promise<string | undefined> {
  const channel = client.getChannel();
  const deadline = Date.now() + CONNECT_TIMEOUT_MS;
  for (;;) {
    const current = channel.getConnectivityState(true);
    if (current === state.READY) return undefined;
    if (current === state.TRANSIENT_FAILURE) return lastError(client);
    const changed = await new Promise<boolean>((resolve) => {
      channel.watchConnectivityState(current, deadline, (error) => resolve(error === undefined));
    });
    if (!changed) return `no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds`;
  }
}

/** grpc-js keeps the error of the last attempt to itself, except in calls that fail because of it. */
function lastError(client: TraceServiceClient): Promise<string> {
  return new Promise((resolve) => {
    const call = client.makeUnaryRequest(
      "/ipftrace.v1.TraceService/GetNode",
      () => Buffer.alloc(0),
      () => undefined,
      undefined,
      { deadline: Date.now() + REASON_TIMEOUT_MS },
      (error) => resolve(error?.details.replace(BEFORE_REASON, "").replace(AFTER_REASON, "") || "not connected"),
    );
    call.on("error", () => {});
  });
}
