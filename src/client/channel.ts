/** Connections to servers. */
import { createSecureContext } from "node:tls";
import { type ChannelCredentials, type ClientOptions, credentials, connectivityState as state } from "@grpc/grpc-js";
import { IpftraceError, messageOf } from "../errors.js";
import { TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";
import { connectionReason } from "./tls-fault.js";

/** What TLS needs; every file is in PEM. */
export interface TlsOptions {
  /** Certificates of the authorities that the server's certificate may come from; default: those that Node.js knows. */
  readonly authorities?: Uint8Array;
  /** The client's certificate and those between it and its authority. */
  readonly certificate?: Uint8Array;
  /** The private key of `certificate`. */
  readonly key?: Uint8Array;
  /** Name that the server's certificate must have; default: the host of the address. */
  readonly serverName?: string;
}

/** How to connect. */
export interface ConnectOptions {
  /** TLS. Left out: none, as a unix socket and a server with --insecure want it. */
  readonly tls?: TlsOptions;
  /** Milliseconds that the server may take to accept the connection. Default 5000. */
  readonly timeoutMs?: number;
}

const clientOptions: ClientOptions = {
  // The HTTP/2 default of 64 KiB lets a server stall for every round trip.
  "grpc-node.flow_control_window": 4 * 1024 * 1024,
  // A page of functions, or the dictionary of a large manifest, may exceed the default of 4 MiB.
  "grpc.max_receive_message_length": 64 * 1024 * 1024,
  // An ipftrace server stands on the node or near it; http_proxy is meant for other things.
  "grpc.enable_http_proxy": 0,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  // A trace that is begun again should not wait longer than its own delay.
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 5_000,
};

const CONNECT_TIMEOUT_MS = 5_000;
/** Asking why a connection failed takes no network. */
const REASON_TIMEOUT_MS = 1_000;

/**
 * A client of the server at `address` (`unix:PATH` or `HOST:PORT`), connected.
 *
 * @throws IpftraceError UNAVAILABLE with the reason, as soon as the connection is refused, and when there is
 * no answer in time; INVALID_INPUT for certificates that cannot be used
 */
export async function openClient(address: string, options: ConnectOptions = {}): Promise<TraceServiceClient> {
  const { tls, timeoutMs = CONNECT_TIMEOUT_MS } = options;
  const name = tls?.serverName;
  const named = name === undefined ? {} : { "grpc.ssl_target_name_override": name, "grpc.default_authority": name };
  const client = new TraceServiceClient(address, credentialsOf(tls), { ...clientOptions, ...named });
  const said = await connectionFault(client, timeoutMs);
  if (said === undefined) return client;
  client.close();
  const reason = connectionReason(said, tls !== undefined);
  throw new IpftraceError("UNAVAILABLE", `cannot reach the server at ${address}: ${reason}`);
}

function credentialsOf(tls: TlsOptions | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { authorities: ca, key, certificate: cert } = tls;
  try {
    const own = { ca: bufferOf(ca), key: bufferOf(key), cert: bufferOf(cert), minVersion: "TLSv1.3" } as const;
    return credentials.createFromSecureContext(createSecureContext(own));
  } catch (reason) {
    const description = `the certificates cannot be used: ${messageOf(reason)}; they must be PEM, and the key that of the certificate`;
    throw IpftraceError.invalid([{ field: "tls", description }]);
  }
}

function bufferOf(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes && Buffer.from(bytes);
}

/** What grpc-js says around the system's own reason. */
const BEFORE_REASON = /^.*Last error: (?:Error: )?/s;
const AFTER_REASON = /\.? Resolution note: .*$/s;

/** Why there is no connection; undefined when there is one. */
async function connectionFault(client: TraceServiceClient, timeoutMs: number): Promise<string | undefined> {
  const channel = client.getChannel();
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const current = channel.getConnectivityState(true);
    if (current === state.READY) return undefined;
    if (current === state.TRANSIENT_FAILURE) return lastError(client);
    if (!(await hasChanged(channel, current, deadline))) return `no answer within ${timeoutMs / 1000} seconds`;
  }
}

function hasChanged(
  channel: ReturnType<TraceServiceClient["getChannel"]>,
  current: state,
  deadline: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    channel.watchConnectivityState(current, deadline, (error) => resolve(error === undefined));
  });
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
