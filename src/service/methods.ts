/** The methods of the services: which function answers which RPC. */
import { type Metadata, type sendUnaryData, status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Collector } from "../collector/collector.js";
import { type TraceRequest, TraceServiceService } from "../gen/ipftrace/v1/trace_service.js";
import type { Logger } from "../log.js";
import { auditBegin } from "../security/audit.js";
import { requestIdOf } from "../security/request-id.js";
import type { Access } from "./access.js";
import { auditedTrace, outcomeOf } from "./audited.js";
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

/** Makes a streaming handler of a function. */
export type Streaming = ReturnType<typeof streamingWith>;

/** The second argument of a method: its request. */
type RequestOf<Method extends (first: never, request: never, ...rest: never[]) => unknown> = Parameters<Method>[1];

/** TraceService. */
export function traceMethods(
  { collector, traces }: Parts,
  unary: Unary,
  streaming: Streaming,
): UntypedServiceImplementation {
  return {
    trace: streaming((call: EncodedCall<TraceRequest>, access) => traces.trace(call, access)),
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
    createSession: unary(
      (request: RequestOf<typeof createSession>, access) => createSession(sessions, request, access),
      { action: "session create", what: ({ name, trace }) => ({ session: name, ...(trace && auditedTrace(trace)) }) },
    ),
    listSessions: unary(async (_, access) => listSessions(sessions, access)),
    getSession: unary(async ({ name }: Named, access) => getSession(sessions, name, access)),
    deleteSession: unary(({ name }: Named, access) => deleteSession(sessions, name, access), {
      action: "session delete",
      what: ({ name }) => ({ session: name }),
    }),
    flushSession: unary((request: RequestOf<typeof flushSession>, access) => flushSession(sessions, request, access)),
  };
}

/** What the audit says of a method. */
interface Audit<Request> {
  readonly action: string;
  readonly what: (request: Request) => object;
}

/** Makes unary handlers that always answer: grpc-js lets a client hang when one rejects. */
export function unaryWith(log: Logger, accessOf: AccessOf) {
  return <Request, Response>(answer: (request: Request, access: Access) => Promise<Response>, audit?: Audit<Request>) =>
    (call: { request: Request; metadata: Metadata }, callback: sendUnaryData<Response>): void => {
      const answered = async (): Promise<Response> => {
        const access = accessOf(call);
        const ended = audit && auditBegin(log, access, audit.action, audit.what(call.request));
        try {
          const response = await answer(call.request, access);
          ended?.("OK");
          return response;
        } catch (reason) {
          ended?.(outcomeOf(reason));
          throw reason;
        }
      };
      answered().then(
        (response) => callback(null, response),
        (reason: unknown) => callback(statusOf(reason, call, log)),
      );
    };
}

/** Makes streaming handlers of functions that end their call themselves, unless they throw. */
export function streamingWith(log: Logger, accessOf: AccessOf) {
  return <Request>(serve: (call: EncodedCall<Request>, access: Access) => void) =>
    (call: EncodedCall<Request>): void => {
      try {
        serve(call, accessOf(call));
      } catch (reason) {
        call.emit("error", statusOf(reason, call, log));
      }
    };
}

/** What is told of whatever was thrown; of a defect the log tells more. */
function statusOf(reason: unknown, { metadata }: { readonly metadata: Metadata }, log: Logger) {
  const told = toStatus(reason);
  if (told.code === status.INTERNAL) log.error({ requestId: requestIdOf(metadata), err: reason }, "call failed");
  return told;
}
