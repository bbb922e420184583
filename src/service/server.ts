/** The gRPC server: ipftrace.v1.TraceService and grpc.health.v1.Health. */
import {
  Server,
  type ServerCredentials,
  type ServerOptions,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Collector } from "../collector/collector.js";
import type { NodeLimits } from "../gen/ipftrace/v1/node.js";
import { SessionServiceService } from "../gen/ipftrace/v1/session_service.js";
import { SessionRegistry } from "../hub/session-registry.js";
import { TracePool } from "../hub/trace-pool.js";
import type { Logger } from "../log.js";
import type { Figures, Happenings } from "../metrics/sources.js";
import { callerOf } from "../security/caller.js";
import { bindSafely } from "./bind.js";
import { figuresOf } from "./figures.js";
import { ServerHealth } from "./health.js";
import { defaultLimits } from "./limits.js";
import type { ListenAddress } from "./listen.js";
import { type Listeners, makeListeners, type TlsSettings } from "./listeners.js";
import {
  type AccessOf,
  encodedService,
  type Parts,
  type Streaming,
  sessionMethods,
  streamingWith,
  traceMethods,
  type Unary,
  unaryWith,
} from "./methods.js";
import { observer } from "./observe.js";
import { addOptionalServices, type OptionalServices } from "./optional-services.js";
import type { Sessions } from "./sessions.js";
import { TraceHandler } from "./trace-handler.js";

/** Requests are small: a manifest of the client's own is the largest part. */
const MAX_REQUEST_BYTES = 1024 * 1024;
/** Calls of one connection at a time; those beyond wait in the client. Each costs memory for as long as it lies there. */
const MAX_CALLS_PER_CONNECTION = 256;
/** How soon a client that vanished without a word is noticed. */
const KEEPALIVE_TIME_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
/** How long clients may take to read their last messages when the server stops. */
const DRAIN_MS = 5000;

/** For a server of which nothing is measured. */
const silence: Pick<Happenings, "attached" | "detached"> = { attached: () => {}, detached: () => {} };

/** A service, and what answers its methods. */
export interface ServedService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What it takes to let the same calls in by another protocol. */
export interface Inside {
  readonly log: Logger;
  readonly services: readonly ServedService[];
  readonly listeners: Listeners;
  readonly limits: NodeLimits;
  /** Largest request, bytes. */
  readonly maxRequestBytes: number;
  /** How long clients may take to read their last messages when the server stops, milliseconds. */
  readonly drainMs: number;
}

/** A server that is listening. */
export interface RunningServer {
  /** The server in numbers, as of now. */
  figures(): Figures;
  /** Prepares for the first trace, while there is none. To be called once everything that serves is loaded. */
  rehearse(): void;
  /** Resolves when every thread of the server answers. */
  isAlive(): Promise<void>;
  /**
   * Stops in good order: health NOT_SERVING, traces end with DRAINING, then the listeners
   * close. Clients that do not read for 5 s are cut off.
   */
  stop(): Promise<void>;
  /** Its addresses, and their certificates. */
  readonly listeners: Listeners;
  readonly inside: Inside;
}

/** What may be put in place of the usual. */
interface ServerParts {
  readonly collector?: Collector;
  /** Milliseconds that clients may take to read their last messages when the server stops. */
  readonly drainMs?: number;
  /** Whether only this process will ask: then there is no health service. */
  readonly isEmbedded?: boolean;
  /** As {@link Access.moduleFolder}. */
  readonly moduleFolder?: string | undefined;
  /** Told what happens; undefined: nothing is measured. */
  readonly happenings?: Happenings | undefined;
  /** As PoolLimits.graceMs. Default 0. */
  readonly graceMs?: number;
  /** Services beside the usual. Default: none. */
  readonly optionalServices?: OptionalServices;
  /** For TCP that is not on loopback. */
  readonly tls?: TlsSettings | undefined;
  /** What is accepted, where not the default. */
  readonly limits?: Partial<NodeLimits>;
  /** What the programs of all traces together may cost, percent of one CPU. Default 0: no limit. */
  readonly maxCpuPercent?: number;
}

/** Starts a server. @throws IpftraceError UNAVAILABLE when an address cannot be bound. */
export async function startServer(
  addresses: readonly ListenAddress[],
  log: Logger,
  {
    maxCpuPercent = 0,
    collector = new Collector({ maxCpuPercent }),
    drainMs = DRAIN_MS,
    isEmbedded = false,
    moduleFolder,
    happenings,
    graceMs = 0,
    optionalServices = {},
    tls,
    limits: given,
  }: ServerParts = {},
): Promise<RunningServer> {
  // What it needs a right for it does now: later the process may have given that up.
  if (maxCpuPercent > 0) collector.warm();
  const limits = { ...defaultLimits, ...given };
  const pool = makePool(collector, limits, graceMs);
  const { maxSessions, maxTotalHistoryBytes } = limits;
  const sessionLimits = { maxSessions, maxTotalHistoryBytes: Number(maxTotalHistoryBytes) };
  const sessions: Sessions = new SessionRegistry(pool, sessionLimits);
  const traces = new TraceHandler({ collector, pool, sessions }, limits, log);
  const health = isEmbedded ? undefined : new ServerHealth(collector, log);
  collector.watch = {
    ...(happenings ?? silence),
    failed: (err) => log.error({ err }, "a trace failed"),
    broken: (err) => (health === undefined ? log.error({ err }, "the collector broke down") : health.broken(err)),
  };
  const observing = observer(log, (call) => happenings?.callEnded(call));
  const listeners = await makeListeners(log, tls, observing);
  const accessOf: AccessOf = ({ metadata }) => ({ ...callerOf(metadata), moduleFolder, limits });
  const parts = { collector, sessions, traces };
  const options = { "grpc.enable_channelz": optionalServices.channelz ? 1 : 0 };
  const services = servicesOf(parts, unaryWith(log, accessOf), streamingWith(log, accessOf));
  const server = makeServer(services, options);
  await health?.addTo(server);
  await addOptionalServices(server, optionalServices);
  try {
    for (const address of addresses) {
      const credentials = listeners.credentials(address);
      await bindSafely(address, (target) => bind(server, target, credentials));
    }
  } catch (reason) {
    server.forceShutdown();
    listeners.close();
    await collector.close();
    throw reason;
  }
  const stop = async (): Promise<void> => {
    health?.drain();
    await shutDown(server, traces, drainMs);
    listeners.close();
    await sessions.close();
    await pool.close();
    await collector.close();
  };
  void health?.check();
  const figures = (): Figures => figuresOf(parts, health, listeners);
  const inside = { log, services, listeners, limits, maxRequestBytes: MAX_REQUEST_BYTES, drainMs };
  const rehearse = (): void => collector.rehearse();
  return { stop, rehearse, isAlive: () => collector.ping(), figures, listeners, inside };
}

function servicesOf(parts: Parts, unary: Unary, streaming: Streaming): ServedService[] {
  return [
    { definition: encodedService, implementation: traceMethods(parts, unary, streaming) },
    { definition: SessionServiceService, implementation: sessionMethods(parts, unary) },
  ];
}

function makePool(collector: Collector, limits: NodeLimits, graceMs: number): TracePool {
  const { maxTraces, maxTotalRingBytes } = limits;
  return new TracePool((spec, events) => collector.start(spec, events), {
    maxTraces,
    maxTotalRingBytes: Number(maxTotalRingBytes),
    graceMs,
  });
}

function makeServer(services: readonly ServedService[], options: ServerOptions): Server {
  const server = new Server({
    ...options,
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
    "grpc.max_concurrent_streams": MAX_CALLS_PER_CONNECTION,
    "grpc.keepalive_time_ms": KEEPALIVE_TIME_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  });
  for (const { definition, implementation } of services) server.addService(definition, implementation);
  return server;
}

function bind(server: Server, target: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

async function shutDown(server: Server, traces: TraceHandler, drainMs: number): Promise<void> {
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    deadline = setTimeout(resolve, drainMs);
  });
  const closed = () => new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const drained = traces.drain().then(closed);
  await Promise.race([drained, late]);
  clearTimeout(deadline);
  server.forceShutdown();
}
