/**
 * The way in by HTTP: the same methods, behind the same guard, for curl and browsers (docs/http.md).
 *
 * Problem: whoever has no client of gRPC has no trace.
 * Choice:  a call by HTTP is made to look like one of grpc-js's at the two places where those are seen: it passes the
 *          interceptors of its address, and a handler writes to a stream with the same pace. So roles, quotas, filters,
 *          the audit and metrics know no difference.
 * Limits:  HTTP/1.1; methods without a stream of requests, which are all that the contract has.
 */
import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import { bindSafely } from "../service/bind.js";
import type { ListenAddress } from "../service/listen.js";
import type { Inside } from "../service/server.js";
import { receive } from "./receive.js";
import { routesOf } from "./routes.js";

/** A head is some lines, a body is a manifest at most: whoever takes longer holds a connection for nothing. */
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** How often the two are looked at. */
const CHECK_INTERVAL_MS = 5000;
const MAX_HEAD_BYTES = 16 * 1024;
/** How soon the kernel asks after a client that vanished without a word. */
const KEEPALIVE_MS = 30_000;
/** Connections beside those that streams need. */
const OTHER_CONNECTIONS = 64;

/** Where to listen, and which sites' pages may ask. */
export interface DoorSettings {
  readonly addresses: readonly ListenAddress[];
  /** As browsers write them: `https://example.org`. */
  readonly origins: readonly string[];
}

/** A door that is open. */
export interface Door {
  /** Of each address of TCP, in their order: the system chose where 0 was asked for. */
  readonly ports: readonly number[];
  /** Takes no more calls, and lets those that run end; cuts them off when they do not. */
  stop(): Promise<void>;
}

/** Listens. @throws IpftraceError UNAVAILABLE when an address cannot be bound. */
export async function openDoor({ addresses, origins }: DoorSettings, inside: Inside): Promise<Door> {
  const routes = routesOf(inside.services);
  const servers: (Server | SecureServer)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => close(server, inside.drainMs)));
  };
  try {
    for (const address of addresses) {
      const interceptors = inside.listeners.interceptors(address);
      const room = { routes, origins, interceptors, isPlain: address.kind === "tcp", maxBytes: inside.maxRequestBytes };
      const server = serverAt(address, inside);
      server.on("request", (request, response) => {
        receive(request, response, room);
        // When the server stops, a connection whose answer is complete would still wait for another request.
        response.once("close", () => server.listening || setImmediate(() => server.closeIdleConnections()));
      });
      await bindSafely(address, (target) => listen(server, target));
      // A connection that could not be taken, for want of descriptors: those that stand go on.
      server.on("error", (err) => inside.log.error({ err, address: address.target }, "no connection by HTTP"));
      servers.push(server);
    }
  } catch (reason) {
    await stop();
    throw reason;
  }
  return { ports: servers.flatMap(portOf), stop };
}

function serverAt(address: ListenAddress, { listeners, limits }: Inside): Server | SecureServer {
  const options: ServerOptions = {
    headersTimeout: HEAD_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    keepAlive: true,
    keepAliveInitialDelay: KEEPALIVE_MS,
  };
  const server = address.kind === "tls" ? secureServer(options, listeners) : createServer(options);
  server.maxConnections = limits.maxStreams + OTHER_CONNECTIONS;
  return server;
}

function secureServer(options: ServerOptions, { secure }: Inside["listeners"]): SecureServer {
  const encryption = secure((context) => server.setSecureContext(context));
  const server = createSecureServer({ ...options, ...encryption, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
  return server;
}

function listen(server: Server | SecureServer, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const isBound = (): void => {
      server.off("error", reject);
      resolve();
    };
    if (target.startsWith("unix:")) server.listen(target.slice("unix:".length), isBound);
    else {
      const colon = target.lastIndexOf(":");
      server.listen(Number(target.slice(colon + 1)), target.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), isBound);
    }
  });
}

function portOf(server: Server | SecureServer): number[] {
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? [bound.port] : [];
}

async function close(server: Server | SecureServer, drainMs: number): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), drainMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(late);
}
