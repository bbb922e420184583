/** The gRPC server: ipftrace.v1.TraceService and grpc.health.v1.Health. */
import {
  type Metadata,
  Server,
  type ServerCredentials,
  type ServerInterceptor,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Collector } from "../collector/collector.js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { TraceServiceService } from "../gen/ipftrace/v1/trace_service.js";
import type { Logger } from "../log.js";
import type { Figures, Happenings } from "../metrics/sources.js";
import { refusals } from "../security/audit.js";
import { callerOf } from "../security/caller.js";
import { PlainCredentials } from "../security/credentials.js";
import { guard, type Identify } from "../security/guard.js";
import type { Access } from "./access.js";
import { bindSafely } from "./bind.js";
import { checkModule } from "./check-module.js";
import { explainTrace } from "./explain-trace.js";
import { figuresOf } from "./figures.js";
import { getNode } from "./get-node.js";
import { ServerHealth } from "./health.js";
import { listFunctions } from "./list-functions.js";
import { listModules } from "./list-modules.js";
import type { ListenAddress } from "./listen.js";
import { observer } from "./observe.js";
import type { EncodedCall } from "./pump.js";
import { toStatus } from "./status.js";
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

/** TraceService whose stream takes encoded messages. */
const encodedService = {
  ...TraceServiceService,
  trace: { ...TraceServiceService.trace, responseSerialize: (message: Buffer) => message },
};

/** A server that is listening. */
export interface RunningServer {
  /** The server in numbers, as of now. */
  figures(): Figures;
  /**
   * Stops in good order: health NOT_SERVING, traces end with DRAINING, then the listeners
   * close. Clients that do not read for 5 s are cut off.
   */
  stop(): Promise<void>;
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
}

/** Starts a server. @throws IpftraceError UNAVAILABLE when an address cannot be bound. */
export async function startServer(
  addresses: readonly ListenAddress[],
  log: Logger,
  { collector = new Collector(), drainMs = DRAIN_MS, isEmbedded = false, moduleFolder, happenings }: ServerParts = {},
): Promise<RunningServer> {
  const traces = new TraceHandler(collector, log);
  const health = isEmbedded ? undefined : new ServerHealth(collector, log);
  collector.watch = { ...(happenings ?? silence), broken: (reason) => health?.broken(reason) };
  const observing = observer(log, (call) => happenings?.callEnded(call));
  const accessOf: AccessOf = ({ metadata }) => ({ ...callerOf(metadata), moduleFolder });
  const server = makeServer(implementation(collector, traces, log, accessOf));
  await health?.addTo(server);
  try {
    for (const address of addresses) {
      const credentials = credentialsOf(address, log, observing);
      await bindSafely(address, (target) => bind(server, target, credentials));
    }
  } catch (reason) {
    server.forceShutdown();
    throw reason;
  }
  const stop = async (): Promise<void> => {
    health?.drain();
    await shutDown(server, traces, drainMs);
    await collector.close();
  };
  void health?.check();
  return { stop, figures: () => figuresOf(traces, collector, health) };
}

function makeServer(implementation: UntypedServiceImplementation): Server {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
    "grpc.max_concurrent_streams": MAX_CALLS_PER_CONNECTION,
    "grpc.keepalive_time_ms": KEEPALIVE_TIME_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  });
  server.addService(encodedService, implementation);
  return server;
}

/** What an address asks of connections, and who those are that come in there. */
function credentialsOf(address: ListenAddress, log: Logger, observing: ServerInterceptor): ServerCredentials {
  const role = address.kind === "unix" ? address.role : "reader";
  const identify: Identify = () => ({ identity: address.target, role });
  return new PlainCredentials([observing, guard(identify, refusals(log), toStatus)]);
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

/** Who makes a call, and what the server has for it. */
type AccessOf = (call: { readonly metadata: Metadata }) => Access;

function implementation(
  collector: Collector,
  traces: TraceHandler,
  log: Logger,
  accessOf: AccessOf,
): UntypedServiceImplementation {
  const unary = unaryWith(log, accessOf);
  return {
    trace: (call: EncodedCall<TraceRequest>) => traces.trace(call, accessOf(call)),
    stopTrace: unary(async (request: Parameters<TraceHandler["stop"]>[0]) => traces.stop(request)),
    explainTrace: unary((request: Parameters<typeof explainTrace>[1], access) =>
      explainTrace(collector, request, access),
    ),
    listFunctions: unary((request: Parameters<typeof listFunctions>[1]) => listFunctions(collector, request)),
    listModules: unary((_, access) => listModules(collector, access)),
    checkModule: unary((request: Parameters<typeof checkModule>[1], access) => checkModule(collector, request, access)),
    getNode: unary(() => getNode(collector)),
  };
}

/** Makes unary handlers that always answer: grpc-js lets a client hang when one rejects. */
function unaryWith(log: Logger, accessOf: AccessOf) {
  return <Request, Response>(answer: (request: Request, access: Access) => Promise<Response>) =>
    (call: { request: Request; metadata: Metadata }, callback: sendUnaryData<Response>): void => {
      answer(call.request, accessOf(call)).then(
        (response) => callback(null, response),
        (reason: unknown) => {
          const status = toStatus(reason);
          if (status.details === "internal error") log.error({ err: reason }, "call failed");
          callback(status);
        },
      );
    };
}
