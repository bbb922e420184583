import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, type ServerWritableStream, type sendUnaryData, status } from "@grpc/grpc-js";
import type { PacketJourney } from "../../src/gen/ipftrace/v1/journey.js";
import { Account } from "../../src/gen/ipftrace/v1/loss.js";
import { Backend } from "../../src/gen/ipftrace/v1/node.js";
import {
  type CheckModuleRequest,
  type CheckModuleResponse,
  type GetNodeResponse,
  type ListFunctionsRequest,
  type ListFunctionsResponse,
  TraceEnded,
  TraceEndReason,
  type TraceRequest,
  type TraceResponse,
  TraceServiceService,
  TraceStarted,
} from "../../src/gen/ipftrace/v1/trace_service.js";

/** One call of Trace, as the fake server sees it. */
export type TraceCall = ServerWritableStream<TraceRequest, TraceResponse>;
type Event = NonNullable<TraceResponse["event"]>;

/** What a test makes the server do; what is left out answers UNIMPLEMENTED. */
export interface Behaviour {
  trace?(call: TraceCall): void;
  /** Answers OK unless it throws a status code. */
  stopTrace?(traceId: bigint): void;
  listFunctions?(request: ListFunctionsRequest): ListFunctionsResponse;
  checkModule?(request: CheckModuleRequest): CheckModuleResponse;
  getNode?(): GetNodeResponse;
}

/** A TraceService on a unix socket of its own. */
export interface FakeServer {
  readonly target: string;
  stop(): void;
}

/** Starts a fake server. */
export async function startFake(behaviour: Behaviour): Promise<FakeServer> {
  const folder = mkdtempSync(join(tmpdir(), "ipftrace-cli-"));
  const target = `unix:${join(folder, "s.sock")}`;
  const server = new Server();
  server.addService(TraceServiceService, {
    trace: (call: TraceCall) => {
      if (behaviour.trace) behaviour.trace(call);
      else call.emit("error", { code: status.UNIMPLEMENTED, details: "not here" });
    },
    stopTrace: unary((request: { traceId: bigint }) => {
      behaviour.stopTrace?.(request.traceId);
      return {};
    }),
    listFunctions: unary(behaviour.listFunctions),
    checkModule: unary(behaviour.checkModule),
    getNode: unary(behaviour.getNode),
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(target, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return {
    target,
    stop: () => {
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function unary<Q, A>(answer: ((request: Q) => A) | undefined) {
  return (call: { request: Q }, callback: sendUnaryData<A>) => {
    if (answer === undefined) callback({ code: status.UNIMPLEMENTED, details: "not here" });
    else callback(null, answer(call.request));
  };
}

/** Sends one message of a trace; false when the stream is full. */
export function send(call: TraceCall, event: Event): boolean {
  return call.write({ sequence: 0n, event, resumeToken: Buffer.alloc(0) });
}

/** Sends TraceStarted with trace id 77. */
export function sendStarted(call: TraceCall, more: Partial<TraceStarted> = {}): void {
  const base = TraceStarted.fromPartial({ backend: Backend.BACKEND_KPROBE_MULTI, attachedFunctions: 37 });
  send(call, { $case: "started", value: { ...base, traceId: 77n, ...more } });
}

/** Sends journeys in one batch. */
export function sendJourneys(call: TraceCall, ...journeys: PacketJourney[]): boolean {
  return send(call, { $case: "batch", value: { journeys } });
}

/** Sends TraceEnded with an account, and ends the stream with OK. */
export function sendEnded(call: TraceCall, account: Partial<Account>, more: Partial<TraceEnded> = {}): void {
  const value: TraceEnded = {
    ...TraceEnded.fromPartial({}),
    reason: TraceEndReason.TRACE_END_REASON_LIMIT,
    account: { ...Account.fromPartial({}), ...account },
    ...more,
  };
  send(call, { $case: "ended", value });
  call.end();
}
