/** Requests of traces as programs write them: only what is not the default. */
import type { Module } from "../gen/ipftrace/v1/custom.js";
import { Filter } from "../gen/ipftrace/v1/filter.js";
import type { Manifest } from "../gen/ipftrace/v1/manifest.js";
import { Backend } from "../gen/ipftrace/v1/node.js";
import {
  FunctionEncoding,
  type SessionAttachment,
  TraceOptions,
  TraceRequest,
} from "../gen/ipftrace/v1/trace_service.js";

/** What to trace, and how to send it; what is left out is the server's default. */
export interface TraceInput {
  /** Which packets: a `Filter` of the contract, of which fields may be left out. */
  readonly filter?: Parameters<typeof Filter.fromPartial>[0];
  /** Which functions: the name of a manifest of the server, or one that was loaded here. Default "generic". */
  readonly manifest?: string | Manifest;
  /** Only functions in whose name this regular expression (RE2) is found. */
  readonly functionRegex?: string;
  /** Journeys begin only at functions in whose name this regular expression (RE2) is found; elsewhere packets cost less. */
  readonly beginRegex?: string;
  /** Custom data: names of modules of the server, or modules that were loaded here. */
  readonly modules?: readonly (string | Module)[];
  /** How to attach. */
  readonly backend?: Backend;
  /** Everything else. Functions are asked for by id unless `functionEncoding` says otherwise: events have names all the same. */
  readonly options?: Parameters<typeof TraceOptions.fromPartial>[0];
}

/** Which session to read, where to begin, and options of delivery. */
export interface SessionInput {
  /** Name of the session. */
  readonly session: string;
  /** Where to begin; left out: with what comes from now on. */
  readonly start?: NonNullable<SessionAttachment["start"]>;
  /** Ends with what the history has now. */
  readonly historyOnly?: boolean;
  /** Options of delivery only. */
  readonly options?: Parameters<typeof TraceOptions.fromPartial>[0];
}

/** The message of the contract for an input. */
export function traceRequest(input: TraceInput | SessionInput): TraceRequest {
  return "session" in input ? sessionRequest(input) : ownRequest(input);
}

function ownRequest(input: TraceInput): TraceRequest {
  const { filter, manifest, modules = [], backend = Backend.BACKEND_UNSPECIFIED } = input;
  const { functionRegex = "", beginRegex = "" } = input;
  const request = TraceRequest.create();
  const functionEncoding = FunctionEncoding.FUNCTION_ENCODING_IDS;
  request.options = TraceOptions.fromPartial({ functionEncoding, ...input.options });
  if (filter !== undefined) request.filter = Filter.fromPartial(filter);
  if (typeof manifest === "string") request.manifestSource = { $case: "manifestName", value: manifest };
  else if (manifest !== undefined) request.manifestSource = { $case: "manifest", value: manifest };
  request.moduleNames = modules.filter((module) => typeof module === "string");
  request.modules = modules.filter((module) => typeof module !== "string");
  return { ...request, functionRegex, beginRegex, backend };
}

function sessionRequest({ session, start, historyOnly = false, options }: SessionInput): TraceRequest {
  const request = TraceRequest.create();
  request.session = { sessionName: session, historyOnly, ...(start && { start }) };
  if (options !== undefined) request.options = TraceOptions.fromPartial(options);
  return request;
}

/** What of a request is done when its connection breaks. */
export interface Done {
  /** Token of the last message that was read; empty: none. */
  readonly resumeToken: Buffer;
  /** Journeys that were read. */
  readonly journeys: bigint;
  /** Milliseconds since the trace began; 0: it did not. */
  readonly elapsedMs: number;
}

/** The request for the rest; undefined when a limit of it is reached. */
export function requestForRest(request: TraceRequest, done: Done): TraceRequest | undefined {
  const rest = { ...request };
  if (request.session !== undefined && done.resumeToken.length > 0) {
    rest.session = { ...request.session, start: { $case: "resumeToken", value: done.resumeToken } };
  }
  const { options } = request;
  if (options === undefined) return rest;
  const maxJourneys = options.maxJourneys - done.journeys;
  const durationMs = options.durationMs - Math.floor(done.elapsedMs);
  if ((options.maxJourneys > 0n && maxJourneys <= 0n) || (options.durationMs > 0 && durationMs <= 0)) return undefined;
  rest.options = { ...options };
  if (options.maxJourneys > 0n) rest.options.maxJourneys = maxJourneys;
  if (options.durationMs > 0) rest.options.durationMs = durationMs;
  return rest;
}
