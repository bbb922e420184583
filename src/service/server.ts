/** The gRPC server: ipftrace.v1.TraceService and grpc.health.v1.Health. */
import { Server, ServerCredentials, type sendUnaryData, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { HealthImplementation } from "grpc-health-check";
import { Collector } from "../collector/collector.js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { TraceServiceService } from "../gen/ipftrace/v1/trace_service.js";
import type { Logger } from "../log.js";
import type { Access } from "./access.js";
import { checkModule } from "./check-module.js";
import { explainTrace } from "./explain-trace.js";
import { getNode } from "./get-node.js";
import { listFunctions } from "./list-functions.js";
import { listModules } from "./list-modules.js";
import { bindSafely, type ListenAddress } from "./listen.js";
import type { EncodedCall } from "./pump.js";
import { toStatus } from "./status.js";
import { TraceHandler } from "./trace-handler.js";

const SERVICE_NAME = "ipftrace.v1.TraceService";

/** Requests are small: a manifest of the client's own is the largest part. */
const MAX_REQUEST_BYTES = 1024 * 1024;
/** Calls of one connection at a time; those beyond wait in the client. Each costs memory for as long as it lies there. */
const MAX_CALLS_PER_CONNECTION = 256;
/** How soon a client that vanished without a word is noticed. */
const KEEPALIVE_TIME_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
/** How long clients may take to read their last messages when the server stops. */
const DRAIN_MS = 5000;

/** TraceService whose stream takes encoded messages. */
const encodedService = {
  ...TraceServiceService,
  trace: { ...TraceServiceService.trace, responseSerialize: (message: Buffer) => message },
};

/** A server that is listening. */
export interface RunningServer {
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
}

/** The part of a server that listens on addresses of one kind, whose clients have the same rights. */
interface Front {
  readonly server: Server;
  readonly health: HealthImplementation | undefined;
}

/** Starts a server. @throws IpftraceError UNAVAILABLE when an address cannot be bound. */
export async function startServer(
  addresses: readonly ListenAddress[],
  log: Logger,
  { collector = new Collector(), drainMs = DRAIN_MS, isEmbedded = false, moduleFolder }: ServerParts = {},
): Promise<RunningServer> {
  const traces = new TraceHandler(collector, log);
  const fronts = new Map<ListenAddress["kind"], Front>();
  for (const kind of new Set(addresses.map((address) => address.kind))) {
    const access = { mayBringCode: kind === "unix", moduleFolder };
    fronts.set(kind, await makeFront(implementation(collector, traces, log, access), isEmbedded));
  }
  const servers = [...fronts.values()].map(({ server }) => server);
  try {
    for (const address of addresses) {
      const { server } = fronts.get(address.kind) as Front;
      await bindSafely(address, (target) => bind(server, target));
    }
  } catch (reason) {
    for (const server of servers) server.forceShutdown();
    throw reason;
  }
  const stop = async (): Promise<void> => {
    for (const { health } of fronts.values()) {
      for (const name of ["", SERVICE_NAME]) health?.setStatus(name, "NOT_SERVING");
    }
    await shutDown(servers, traces, drainMs);
    await collector.close();
  };
  return { stop };
}

async function makeFront(implementation: UntypedServiceImplementation, isEmbedded: boolean): Promise<Front> {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
    "grpc.max_concurrent_streams": MAX_CALLS_PER_CONNECTION,
    "grpc.keepalive_time_ms": KEEPALIVE_TIME_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  });
  server.addService(encodedService, implementation);
  return { server, health: isEmbedded ? undefined : await addHealth(server) };
}

/** Loaded only where it is served: it brings a compiler of protos with it. */
async function addHealth(server: Server): Promise<HealthImplementation> {
  const { HealthImplementation } = await import("grpc-health-check");
  const health = new HealthImplementation({ "": "SERVING", [SERVICE_NAME]: "SERVING" });
  health.addToServer(server);
  return health;
}

function bind(server: Server, target: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(target, ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

async function shutDown(servers: readonly Server[], traces: TraceHandler, drainMs: number): Promise<void> {
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    deadline = setTimeout(resolve, drainMs);
  });
  const closed = (server: Server) => new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const drained = traces.drain().then(() => Promise.all(servers.map(closed)));
  await Promise.race([drained, late]);
  clearTimeout(deadline);
  for (const server of servers) server.forceShutdown();
}

function implementation(
  collector: Collector,
  traces: TraceHandler,
  log: Logger,
  access: Access,
): UntypedServiceImplementation {
  return {
    trace: (call: EncodedCall<TraceRequest>) => traces.trace(call, access),
    stopTrace: unary(log, async (request: Parameters<TraceHandler["stop"]>[0]) => traces.stop(request)),
    explainTrace: unary(log, (request: Parameters<typeof explainTrace>[1]) => explainTrace(collector, request, access)),
    listFunctions: unary(log, (request: Parameters<typeof listFunctions>[1]) => listFunctions(collector, request)),
    listModules: unary(log, () => listModules(collector, access)),
    checkModule: unary(log, (request: Parameters<typeof checkModule>[1]) => checkModule(collector, request, access)),
    getNode: unary(log, () => getNode(collector)),
  };
}

/** A unary handler that always answers: grpc-js lets a client hang when one rejects. */
function unary<Request, Response>(log: Logger, answer: (request: Request) => Promise<Response>) {
  return (call: { request: Request }, callback: sendUnaryData<Response>): void => {
    answer(call.request).then(
      (response) => callback(null, response),
      (reason: unknown) => {
        const status = toStatus(reason);
        if (status.details === "internal error") log.error({ err: reason }, "call failed");
        callback(status);
      },
    );
  };
}
