/** One trace as a stream of events, over as many connections as it takes. */
import { type ServiceError, status } from "@grpc/grpc-js";
import { IpftraceError } from "../errors.js";
import {
  TraceEndReason,
  type TraceRequest,
  type TraceResponse,
  type TraceServiceClient,
} from "../gen/ipftrace/v1/trace_service.js";
import { type EventReader, eventReader, type TraceEvent } from "./events.js";
import { requestForRest } from "./request.js";

/** How a broken connection is made again. */
export interface Reconnecting {
  /** Milliseconds before the first attempt; doubled with each, and varied by half. Default 500. */
  readonly minDelayMs?: number;
  /** Most milliseconds before an attempt. Default 30000. */
  readonly maxDelayMs?: number;
  /** Attempts in a row that may fail. Default 10. */
  readonly attempts?: number;
}

/** What a program decides about one stream. */
export interface StreamOptions {
  /**
   * Whether a connection that breaks is made again. Default: true for a session, which goes on where it
   * was; false for a trace of one's own, which would begin anew.
   */
  readonly reconnect?: boolean | Reconnecting;
  /** Cancels the stream, as `cancel()` does. */
  readonly signal?: AbortSignal;
}

/** A call of Trace, as it is read here. */
type Call = ReturnType<TraceServiceClient["trace"]>;

/**
 * The events of one trace. It begins when it is first read, and is read at the pace of the reader: what a
 * slow one loses comes as an event of type "loss". To leave the loop, or `cancel()`, ends the trace at once;
 * `stop()` ends it in good order, with open journeys and the account still to come.
 *
 * Reading rejects with the ServiceError of a call that failed.
 */
export class TraceStream implements AsyncIterable<TraceEvent> {
  readonly #client: TraceServiceClient;
  readonly #request: TraceRequest;
  readonly #reconnecting: Required<Reconnecting> | undefined;
  readonly #end = new AbortController();
  #call: Call | undefined;
  #traceId = 0n;
  #isStopping = false;
  #resumeToken: Buffer = Buffer.alloc(0);
  #journeys = 0n;
  #startedAtMs = 0;

  constructor(client: TraceServiceClient, request: TraceRequest, options: StreamOptions = {}) {
    this.#client = client;
    this.#request = request;
    const { reconnect = request.session !== undefined, signal } = options;
    if (reconnect !== false) this.#reconnecting = withDefaults(reconnect === true ? {} : reconnect);
    signal?.addEventListener("abort", () => this.cancel(), { once: true });
    if (signal?.aborted) this.cancel();
  }

  /** Where to go on reading the session after the last event that was taken; empty for a trace of one's own. */
  get resumeToken(): Uint8Array {
    return this.#resumeToken;
  }

  /** Event by event. */
  [Symbol.asyncIterator](): AsyncIterableIterator<TraceEvent> {
    return oneByOne(this.batches());
  }

  /** The events of one message together, as they came; none of the lists is empty. */
  async *batches(): AsyncGenerator<TraceEvent[], void, undefined> {
    try {
      yield* this.#readCalls();
    } finally {
      this.cancel();
    }
  }

  /** Ends the trace in good order; one that has not begun is cancelled. */
  stop(): void {
    this.#isStopping = true;
    if (this.#traceId === 0n) this.cancel();
    // NOT_FOUND: the trace is ending already. Whatever else fails ends the stream, too.
    else this.#client.stopTrace({ traceId: this.#traceId }, () => {});
  }

  /** Ends the trace at once. */
  cancel(): void {
    this.#end.abort();
    this.#call?.cancel();
  }

  async *#readCalls(): AsyncGenerator<TraceEvent[], void, undefined> {
    for (let failures = 0; ; failures++) {
      const reading: Reading = {
        reader: eventReader(this.#resumeToken.length > 0),
        hasBegun: false,
        reason: undefined,
      };
      const request = requestForRest(this.#request, this.#done());
      if (request === undefined) throw silentEnd();
      yield* this.#readCall(request, reading);
      if (this.#end.signal.aborted || (reading.reason !== undefined && !this.#isToBeginAgain(reading.reason))) return;
      if (reading.hasBegun) failures = 0;
      if (!this.#mayReconnect(reading.failure, failures)) throw reading.failure ?? silentEnd();
      await this.#wait(failures);
      if (this.#end.signal.aborted) return;
    }
  }

  async *#readCall(request: TraceRequest, reading: Reading): AsyncGenerator<TraceEvent[], void, undefined> {
    if (this.#end.signal.aborted) return;
    const call = this.#client.trace(request);
    this.#call = call;
    try {
      for await (const response of call as AsyncIterable<TraceResponse>) {
        const events = reading.reader.read(response);
        for (const event of events) this.#note(event, reading);
        if (events.length > 0) yield events;
        if (response.resumeToken.length > 0) this.#resumeToken = response.resumeToken;
      }
    } catch (error) {
      reading.failure = error;
    } finally {
      this.#traceId = 0n;
      call.cancel();
    }
  }

  #note(event: TraceEvent, reading: Reading): void {
    if (event.type === "journey") this.#journeys++;
    if (event.type === "ended") reading.reason = event.ended.reason;
    if (event.type !== "started") return;
    reading.hasBegun = true;
    this.#traceId = event.started.traceId;
    if (this.#startedAtMs === 0) this.#startedAtMs = performance.now();
    if (this.#isStopping) this.stop();
  }

  #done() {
    const elapsedMs = this.#startedAtMs === 0 ? 0 : performance.now() - this.#startedAtMs;
    return { resumeToken: this.#resumeToken, journeys: this.#journeys, elapsedMs };
  }

  /** Sessions live as long as their server, so only a trace of one's own can go on with the next one. */
  #isToBeginAgain(reason: TraceEndReason): boolean {
    const isDraining = reason === TraceEndReason.TRACE_END_REASON_DRAINING;
    return isDraining && this.#reconnecting !== undefined && this.#request.session === undefined && !this.#isStopping;
  }

  #mayReconnect(failure: unknown, failures: number): boolean {
    const isBroken = failure === undefined || (failure as Partial<ServiceError>).code === status.UNAVAILABLE;
    return isBroken && !this.#isStopping && failures < (this.#reconnecting?.attempts ?? 0);
  }

  #wait(failures: number): Promise<void> {
    const { minDelayMs, maxDelayMs } = withDefaults(this.#reconnecting ?? {});
    const delayMs = Math.min(maxDelayMs, minDelayMs * 2 ** failures) * (0.5 + Math.random() / 2);
    return new Promise((resolve) => {
      const { signal } = this.#end;
      const timer = setTimeout(done, delayMs);
      signal.addEventListener("abort", done, { once: true });
      function done() {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
    });
  }
}

/** As an async generator would do it, which takes several turns of the queue for each event. */
function oneByOne(batches: AsyncGenerator<TraceEvent[], void, undefined>): AsyncIterableIterator<TraceEvent> {
  let events: TraceEvent[] = [];
  let index = 0;
  const next = async (): Promise<IteratorResult<TraceEvent>> => {
    if (index === events.length) {
      const { done, value } = await batches.next();
      if (done) return { done, value: undefined };
      events = value;
      index = 0;
    }
    const value = events[index++];
    return value === undefined ? next() : { done: false, value };
  };
  const end = async (): Promise<IteratorResult<TraceEvent>> => {
    await batches.return();
    return { done: true, value: undefined };
  };
  return {
    next,
    return: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

interface Reading {
  readonly reader: EventReader;
  /** Whether TraceStarted came. */
  hasBegun: boolean;
  /** Why the trace ended, once it did. */
  reason: TraceEndReason | undefined;
  failure?: unknown;
}

function withDefaults(given: Reconnecting): Required<Reconnecting> {
  return { minDelayMs: 500, maxDelayMs: 30_000, attempts: 10, ...given };
}

function silentEnd(): IpftraceError {
  return new IpftraceError("UNAVAILABLE", "the server ended the stream without saying why");
}
