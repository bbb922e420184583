/** What a program does with a server. */
import type { CallOptions, Metadata, ServiceError } from "@grpc/grpc-js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import type { TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import {
  type CreateSessionResponse,
  type FlushSessionResponse,
  type GetSessionResponse,
  type Session,
  SessionHistory,
  SessionServiceClient,
} from "../gen/ipftrace/v1/session_service.js";
import {
  type ExplainTraceResponse,
  type GetNodeResponse,
  type InstalledModule,
  ListFunctionsRequest,
  type TraceServiceClient,
} from "../gen/ipftrace/v1/trace_service.js";
import { ask } from "./ask.js";
import { type ConnectOptions, openClient } from "./channel.js";
import { type SessionInput, type TraceInput, traceRequest } from "./request.js";
import { type StreamOptions, TraceStream } from "./trace-stream.js";

/** Questions that the server answers from what it knows. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Answers that need the kernel: types of every module, thousands of probes. */
const KERNEL_TIMEOUT_MS = 120_000;
/** The largest page that the contract allows. */
const PAGE_SIZE = 1_000;

type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/**
 * A connection to one server. Calls other than `trace` have a deadline of 10 seconds, or of 2 minutes where
 * they need the kernel. All reject with the ServiceError of grpc-js when the server refuses.
 */
export class Client {
  /** The generated stubs, for what this class has no method for. */
  readonly traces: TraceServiceClient;
  /** The generated stubs of sessions. */
  readonly sessions: SessionServiceClient;

  constructor(traces: TraceServiceClient) {
    this.traces = traces;
    const channel = { channelOverride: traces.getChannel() };
    // The channel has its credentials.
    this.sessions = new SessionServiceClient("", undefined as never, channel);
  }

  /** Traces packets, or reads a session. Nothing happens before the stream is read. */
  trace(input: TraceInput | SessionInput = {}, options: StreamOptions = {}): TraceStream {
    return new TraceStream(this.traces, traceRequest(input), options);
  }

  /** What the node is and what it can do. */
  node(): Promise<GetNodeResponse> {
    return this.#ask(this.traces, this.traces.getNode, {}, KERNEL_TIMEOUT_MS);
  }

  /** What a trace would do, without starting it. */
  explain(input: TraceInput): Promise<ExplainTraceResponse> {
    return this.#ask(this.traces, this.traces.explainTrace, { trace: traceRequest(input) }, KERNEL_TIMEOUT_MS);
  }

  /** The functions of a manifest, or without one all of the kernel, page by page. */
  async *functions(
    wanted: { manifest?: TraceInput["manifest"]; nameContains?: string; functionRegex?: string } = {},
  ): AsyncGenerator<TraceableFunction, void, undefined> {
    const { manifest, nameContains = "", functionRegex = "" } = wanted;
    const { manifestSource } = manifest === undefined ? {} : traceRequest({ manifest });
    const request = {
      ...ListFunctionsRequest.create(),
      manifestSource,
      nameContains,
      functionRegex,
      pageSize: PAGE_SIZE,
    };
    do {
      const page = await this.#ask(this.traces, this.traces.listFunctions, request, KERNEL_TIMEOUT_MS);
      yield* page.functions;
      request.pageToken = page.nextPageToken;
    } while (request.pageToken !== "");
  }

  /** The modules that are installed on the server. */
  async modules(): Promise<InstalledModule[]> {
    return (await this.#ask(this.traces, this.traces.listModules, {}, KERNEL_TIMEOUT_MS)).modules;
  }

  /** What a module is on this node's kernel. */
  async checkModule(module: Module): Promise<InstalledModule | undefined> {
    return (await this.#ask(this.traces, this.traces.checkModule, { module }, KERNEL_TIMEOUT_MS)).module;
  }

  /** Starts a session; its trace runs when this is fulfilled. */
  createSession(
    name: string,
    input: TraceInput,
    more: { history?: Partial<SessionHistory>; expireAfterMs?: number } = {},
  ): Promise<CreateSessionResponse> {
    const history = { ...SessionHistory.create(), ...more.history };
    const request = { name, trace: traceRequest(input), history, expireAfterMs: more.expireAfterMs ?? 0 };
    return this.#ask(this.sessions, this.sessions.createSession, request, KERNEL_TIMEOUT_MS);
  }

  /** The sessions that this caller may read. */
  async listSessions(): Promise<Session[]> {
    return (await this.#ask(this.sessions, this.sessions.listSessions, {}, ANSWER_TIMEOUT_MS)).sessions;
  }

  /** One session. */
  session(name: string): Promise<GetSessionResponse> {
    return this.#ask(this.sessions, this.sessions.getSession, { name }, ANSWER_TIMEOUT_MS);
  }

  /** Ends a session; its trace is out of the kernel when this is fulfilled. */
  async deleteSession(name: string): Promise<Session | undefined> {
    return (await this.#ask(this.sessions, this.sessions.deleteSession, { name }, KERNEL_TIMEOUT_MS)).session;
  }

  /** Waits until every journey that had begun is in the session's history, `timeoutMs` at most (default 10000). */
  flushSession(name: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<FlushSessionResponse> {
    const request = { name, timeoutMs };
    return this.#ask(this.sessions, this.sessions.flushSession, request, timeoutMs + ANSWER_TIMEOUT_MS);
  }

  /** Ends the connection, and every stream on it. */
  close(): void {
    this.traces.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #ask<Request, Response>(
    stub: object,
    method: Method<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    return ask<Request, Response>(method.bind(stub), request, timeoutMs);
  }
}

/**
 * Connects to the server at `address`: `unix:PATH`, or `HOST:PORT` with TLS or, for a server on this
 * machine, without.
 *
 * @throws IpftraceError UNAVAILABLE with the reason when there is no connection in time
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<Client> {
  return new Client(await openClient(address, options));
}
