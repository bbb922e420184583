/** The RPCs Trace and StopTrace. */
import { Metadata } from "@grpc/grpc-js";
import type { Collector } from "../collector/collector.js";
import { IpftraceError } from "../errors.js";
import type { NodeLimits } from "../gen/ipftrace/v1/node.js";
import {
  type StopTraceRequest,
  type StopTraceResponse,
  TraceEndReason,
  type TraceRequest,
} from "../gen/ipftrace/v1/trace_service.js";
import { LiveFeed } from "../hub/live-feed.js";
import { SessionFeed } from "../hub/session-feed.js";
import { StreamSum } from "../hub/stream-sum.js";
import type { TracePool } from "../hub/trace-pool.js";
import type { Logger } from "../log.js";
import { auditBegin } from "../security/audit.js";
import type { Access } from "./access.js";
import { withAllFaults } from "./all-faults.js";
import { checkAttachment } from "./attachment.js";
import { auditedTrace, outcomeOf } from "./audited.js";
import { liveOptionsOf } from "./options.js";
import { type EncodedCall, pump } from "./pump.js";
import { checkRequest } from "./request.js";
import { type Sessions, sessionFor } from "./sessions.js";
import { toStatus } from "./status.js";
import { StreamQuota } from "./stream-quota.js";
import { type Pending, TraceStream } from "./trace-stream.js";
import { wantedTrace } from "./wanted.js";

/** What streams are made from. */
interface Sources {
  readonly collector: Collector;
  readonly pool: TracePool;
  readonly sessions: Sessions;
}

/** The streams of this server. */
export class TraceHandler {
  readonly #sources: Sources;
  readonly #log: Logger;
  readonly #quota: StreamQuota;
  readonly #streams = new Map<bigint, TraceStream>();
  readonly #calls = new Set<Promise<void>>();
  /** What all streams come to. */
  readonly sum = new StreamSum();
  #isDraining = false;

  constructor(sources: Sources, limits: NodeLimits, log: Logger) {
    this.#sources = sources;
    this.#quota = new StreamQuota(limits);
    this.#log = log;
  }

  /** Serves one Trace call. Never rejects. */
  trace(call: EncodedCall<TraceRequest>, access: Access): void {
    const served = this.#serve(call, access);
    this.#calls.add(served);
    void served.finally(() => this.#calls.delete(served));
  }

  async #serve(call: EncodedCall<TraceRequest>, access: Access): Promise<void> {
    const gone = new AbortController();
    for (const event of ["cancelled", "close", "error"]) call.once(event, () => gone.abort());
    const releases: (() => void)[] = [];
    let stream: TraceStream | undefined;
    const ended = auditBegin(this.#log, access, "trace", auditedTrace(call.request));
    let outcome = "OK";
    try {
      if (this.#isDraining) throw IpftraceError.stopping();
      releases.push(this.#quota.takeStream(access.identity));
      stream = this.#streamOf(call.request, access, releases);
      this.#streams.set(stream.id, stream);
      this.sum.add(stream);
      // Whatever the pump waits for: a client that is gone ends its trace.
      gone.signal.addEventListener("abort", () => void stream?.abandon(), { once: true });
      await this.#run(call, stream, gone.signal);
      if (gone.signal.aborted) outcome = "CANCELLED";
      else call.end();
    } catch (reason) {
      outcome = outcomeOf(reason);
      const told = stream === undefined ? await this.#withAllFaults(reason, call.request) : reason;
      this.#fail(call, told, gone.signal, access);
    } finally {
      await stream?.abandon();
      if (stream !== undefined) {
        this.#streams.delete(stream.id);
        this.sum.close(stream);
      }
      for (const release of releases) release();
      ended(outcome);
    }
  }

  #streamOf(request: TraceRequest, access: Access, releases: (() => void)[]): TraceStream {
    const { pool, sessions } = this.#sources;
    if (request.session !== undefined) {
      const { sessionName, options, readingOf } = checkAttachment(request, request.session, access);
      const { session, meta } = sessionFor(sessions, sessionName, access);
      return new TraceStream(meta, options, new SessionFeed<Pending>(session, readingOf(session.options.id)));
    }
    const { spec, options, filter, mandatoryFilter } = checkRequest(request, access);
    releases.push(this.#quota.takeQueue(options.queueBytes));
    const feed = new LiveFeed<Pending>(pool, wantedTrace(spec), liveOptionsOf(options));
    return new TraceStream({ filter, mandatoryFilter, options }, options, feed);
  }

  /** What is wrong with a session's name is all there is to it. */
  async #withAllFaults(reason: unknown, request: TraceRequest): Promise<unknown> {
    if (request.session !== undefined) return reason;
    return withAllFaults(reason, request, this.#sources.collector);
  }

  async #run(call: EncodedCall<TraceRequest>, stream: TraceStream, gone: AbortSignal): Promise<void> {
    // Headers at once: a client must not have to guess whether it is being served.
    call.sendMetadata(new Metadata());
    // Side by side, because attaching may take long enough to tell of its progress.
    await Promise.all([stream.start(), pump(call, stream.messages(), gone)]);
  }

  #fail(call: EncodedCall<TraceRequest>, reason: unknown, gone: AbortSignal, { requestId }: Access): void {
    if (!(reason instanceof IpftraceError)) this.#log.error({ requestId, err: reason }, "trace failed");
    if (!gone.aborted) call.emit("error", toStatus(reason));
  }

  /** Ends one stream in good order. @throws IpftraceError NOT_FOUND */
  stop({ traceId }: StopTraceRequest): StopTraceResponse {
    const stream = this.#streams.get(traceId);
    if (stream === undefined) throw new IpftraceError("NOT_FOUND", `no trace ${traceId} is running here`);
    stream.end(TraceEndReason.TRACE_END_REASON_STOPPED);
    return {};
  }

  /** Ends all streams with DRAINING and takes no new ones; resolves when they have ended. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const stream of this.#streams.values()) stream.end(TraceEndReason.TRACE_END_REASON_DRAINING);
    await Promise.all(this.#calls);
  }
}
