/** The methods of the services: which function answers which RPC. */
import type { Metadata, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Collector } from "../collector/collector.js";
import { type TraceRequest, TraceServiceService } from "../gen/ipftrace/v1/trace_service.js";
import type { Logger } from "../log.js";
import type { Access } from "./access.js";
import { checkModule } from "./check-module.js";
import { explainTrace } from "./explain-trace.js";
import { getNode } from "./get-node.js";
import { listFunctions } from "./list-functions.js";
import { listModules } from "./list-modules.js";
import type { EncodedCall } from "./pump.js";
import { createSession, deleteSession, flushSession, getSession, listSessions, type Sessions } from "./sessions.js";
import { toStatus } from "./status.js";
import type { TraceHandler } from "./trace-handler.js";

/** TraceService whose stream takes encoded messages. */
export const encodedService = {
  ...TraceServiceService,
  trace: { ...TraceServiceService.trace, responseSerialize: (message: Buffer) => message },
};

/** What the methods are about. */
export interface Parts {
  readonly collector: Collector;
  readonly sessions: Sessions;
  readonly traces: TraceHandler;
}

/** Who makes a call, and what the server has for it. */
export type AccessOf = (call: { readonly metadata: Metadata }) => Access;

/** Makes a unary handler of a function. */
export type Unary = ReturnType<typeof unaryWith>;

/** The second argument of a method: its request. */
type RequestOf<Method extends (first: never, request: never, ...rest: never[]) => unknown> = Parameters<Method>[1];

/** TraceService. */
export function traceMethods(
  { collector, traces }: Parts,
  unary: Unary,
  accessOf: AccessOf,
): UntypedServiceImplementation {
  return {
    trace: (call: EncodedCall<TraceRequest>) => traces.trace(call, accessOf(call)),
    stopTrace: unary(async (request: Parameters<TraceHandler["stop"]>[0]) => traces.stop(request)),
    explainTrace: unary((request: RequestOf<typeof explainTrace>, access) => explainTrace(collector, request, access)),
    listFunctions: unary((request: RequestOf<typeof listFunctions>) => listFunctions(collector, request)),
    listModules: unary((_, access) => listModules(collector, access)),
    checkModule: unary((request: RequestOf<typeof checkModule>, access) => checkModule(collector, request, access)),
    getNode: unary((_, access) => getNode(collector, access)),
  };
}

/** SessionService. */
export function sessionMethods({ sessions }: Parts, unary: Unary): UntypedServiceImplementation {
  type Named = { readonly name: string };
  return {
    createSession: unary((request: RequestOf<typeof createSession>, access) =>
      createSession(sessions, request, access),
    ),
    listSessions: unary(async () => listSessions(sessions)),
    getSession: unary(async ({ name }: Named) => getSession(sessions, name)),
    deleteSession: unary(({ name }: Named) => deleteSession(sessions, name)),
    flushSession: unary((request: RequestOf<typeof flushSession>) => flushSession(sessions, request)),
  };
}

/** Makes unary handlers that always answer: grpc-js lets a client hang when one rejects. */
export function unaryWith(log: Logger, accessOf: AccessOf) {
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
