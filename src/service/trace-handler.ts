/** The RPCs Trace and StopTrace. */
import { Metadata } from "@grpc/grpc-js";
import type { Collector } from "../collector/collector.js";
import { IpftraceError } from "../errors.js";
import {
  type StopTraceRequest,
  type StopTraceResponse,
  TraceEndReason,
  type TraceRequest,
} from "../gen/ipftrace/v1/trace_service.js";
import { StreamSum } from "../hub/stream-sum.js";
import type { Logger } from "../log.js";
import type { Access } from "./access.js";
import { withAllFaults } from "./all-faults.js";
import { limits } from "./limits.js";
import { type EncodedCall, pump } from "./pump.js";
import { checkRequest } from "./request.js";
import { toStatus } from "./status.js";
import { TraceStream } from "./trace-stream.js";

/** The traces of this server. */
export class TraceHandler {
  readonly #collector: Collector;
  readonly #log: Logger;
  readonly #streams = new Map<bigint, TraceStream>();
  readonly #calls = new Set<Promise<void>>();
  /** What all streams come to. */
  readonly sum = new StreamSum();
  #isDraining = false;

  constructor(collector: Collector, log: Logger) {
    this.#collector = collector;
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
    let stream: TraceStream | undefined;
    try {
      this.#refuseWhenFull();
      stream = new TraceStream(checkRequest(call.request, access));
      this.#streams.set(stream.id, stream);
      this.sum.add(stream);
      // Whatever the pump waits for: a client that is gone ends its trace.
      gone.signal.addEventListener("abort", () => void stream?.abandon(), { once: true });
      await this.#run(call, stream, gone.signal);
      if (!gone.signal.aborted) call.end();
    } catch (reason) {
      const told = stream === undefined ? await withAllFaults(reason, call.request, this.#collector) : reason;
      this.#fail(call, told, gone.signal);
    } finally {
      await stream?.abandon();
      if (stream !== undefined) {
        this.#streams.delete(stream.id);
        this.sum.close(stream);
      }
    }
  }

  async #run(call: EncodedCall<TraceRequest>, stream: TraceStream, gone: AbortSignal): Promise<void> {
    // Headers at once: a client must not have to guess whether it is being served.
    call.sendMetadata(new Metadata());
    // Side by side, because attaching may take long enough to tell of its progress.
    await Promise.all([stream.start(this.#collector), pump(call, stream.messages(), gone)]);
  }

  #refuseWhenFull(): void {
    if (this.#isDraining) throw new IpftraceError("UNAVAILABLE", "the server is stopping");
    if (this.#streams.size < limits.maxTraces) return;
    throw new IpftraceError("LIMIT_REACHED", `this server runs ${limits.maxTraces} traces at most, and all are taken`);
  }

  #fail(call: EncodedCall<TraceRequest>, reason: unknown, gone: AbortSignal): void {
    if (!(reason instanceof IpftraceError)) this.#log.error({ err: reason }, "trace failed");
    if (!gone.aborted) call.emit("error", toStatus(reason));
  }

  /** Ends one trace in good order. @throws IpftraceError NOT_FOUND */
  stop({ traceId }: StopTraceRequest): StopTraceResponse {
    const stream = this.#streams.get(traceId);
    if (stream === undefined) throw new IpftraceError("NOT_FOUND", `no trace ${traceId} is running here`);
    stream.end(TraceEndReason.TRACE_END_REASON_STOPPED);
    return {};
  }

  /** Ends all traces with DRAINING and takes no new ones; resolves when their streams have ended. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const stream of this.#streams.values()) stream.end(TraceEndReason.TRACE_END_REASON_DRAINING);
    await Promise.all(this.#calls);
  }
}
