/**
 * One client's trace: what the collector tells goes through the client's queue into its
 * stream.
 *
 *   starting → running → ending → ended
 *
 * The trace ends when the client cancels (then nothing more can be told), when a limit of
 * the request is reached, by StopTrace, when the server drains, or when something fails. In
 * every case the collector is told to stop, and the account is made after it has.
 */
import { randomBytes } from "node:crypto";
import type { Collector, TraceEvents, TraceHandle } from "../collector/collector.js";
import type { Dictionary, EncodedBatch, Totals } from "../collector/messages.js";
import { IpftraceError, messageOf } from "../errors.js";
import type { Account } from "../gen/ipftrace/v1/loss.js";
import { OverflowPolicy, TraceEndReason } from "../gen/ipftrace/v1/trace_service.js";
import { ClientAccount } from "../hub/account.js";
import { ClientQueue, type Overflow } from "../hub/queue.js";
import type { CountedStream, Sent } from "../hub/stream-sum.js";
import { readClock } from "./node.js";
import type { CheckedRequest } from "./request.js";
import { type Notice, ResponseEncoder } from "./responses.js";
import { startedNotice } from "./started.js";

const overflows: Record<number, Overflow> = {
  [OverflowPolicy.OVERFLOW_POLICY_DROP_OLDEST]: "drop-oldest",
  [OverflowPolicy.OVERFLOW_POLICY_DROP_NEWEST]: "drop-newest",
  [OverflowPolicy.OVERFLOW_POLICY_TERMINATE]: "terminate",
};

/** Attaching that takes longer than this is told. */
const PROGRESS_AFTER_MS = 1000;

/** A notice, or a function that makes it when its turn to be sent has come. */
type Pending = Notice | (() => Notice);

/** The trace of one call. */
export class TraceStream implements TraceEvents, CountedStream {
  /** TraceStarted.trace_id. */
  readonly id = randomBytes(8).readBigUInt64LE();
  readonly #checked: CheckedRequest;
  readonly #queue: ClientQueue<Pending>;
  readonly #account = new ClientAccount();
  readonly #encoder = new ResponseEncoder();
  readonly #startedMs = performance.now();
  #starting: Promise<void> = Promise.resolve();
  #handle: TraceHandle | undefined;
  #ending: Promise<void> | undefined;
  #failure: IpftraceError | undefined;
  /** Whether the client has been told that its trace runs; else it is told of its end by the status alone. */
  #isStarted = false;
  #duration: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** One heartbeat at a time: for a client that does not read they must not pile up. */
  #heartbeatState: "none" | "due" | "queued" = "none";
  #lastSentMs = 0;

  constructor(checked: CheckedRequest) {
    this.#checked = checked;
    const { queueBytes, overflowPolicy } = checked.options;
    this.#queue = new ClientQueue(Number(queueBytes), overflows[overflowPolicy] ?? "drop-oldest");
  }

  get account(): Account {
    return this.#account.account();
  }

  get sent(): Sent {
    return this.#account.sent;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** Starts the collector. @throws IpftraceError; then nothing is attached, and no message comes. */
  start(collector: Collector): Promise<void> {
    this.#starting = this.#start(collector);
    return this.#starting;
  }

  async #start(collector: Collector): Promise<void> {
    try {
      this.#handle = await collector.start(this.#checked.spec, this);
    } catch (reason) {
      this.#queue.end();
      throw reason;
    }
    if (this.#ending !== undefined) return;
    this.#isStarted = true;
    this.#queue.notify(startedNotice(this.id, this.#checked, this.#handle.info));
    this.#startTimers();
  }

  #startTimers(): void {
    const { durationMs, heartbeatIntervalMs } = this.#checked.options;
    if (durationMs > 0) this.#duration = setTimeout(() => this.end(TraceEndReason.TRACE_END_REASON_LIMIT), durationMs);
    this.#heartbeat = setInterval(() => {
      if (performance.now() - this.#lastSentMs < heartbeatIntervalMs / 2) return;
      if (this.#heartbeatState !== "none") return;
      this.#heartbeatState = "due";
      this.#handle?.requestTotals();
    }, heartbeatIntervalMs);
  }

  /** TraceEvents: what the collector tells. */
  progress(attached: number, total: number): void {
    if (performance.now() - this.#startedMs < PROGRESS_AFTER_MS) return;
    this.#queue.notify({ $case: "attachProgress", value: { attached, total } });
  }

  batch(batch: EncodedBatch): void {
    this.#queue.push(batch);
    if (this.#queue.isOverflown) this.end(TraceEndReason.TRACE_END_REASON_OVERFLOW);
  }

  dictionary({ interfaces, stacks }: Dictionary): void {
    const frames = stacks.map((stack) => ({ ...stack, frames: [...stack.frames] }));
    this.#queue.notify({ $case: "dictionary", value: { interfaces: [...interfaces], stacks: frames } });
  }

  totals(totals: Totals): void {
    const { monotonicNs } = readClock();
    this.#account.update(totals, this.#queue.lostEvents, monotonicNs);
    this.#tellLoss();
    if (this.#heartbeatState !== "due") return;
    this.#heartbeatState = "queued";
    this.#queue.notify(() => {
      this.#heartbeatState = "none";
      return { $case: "heartbeat", value: { account: this.#account.account(), monotonicNs } };
    });
  }

  limit(): void {
    this.end(TraceEndReason.TRACE_END_REASON_LIMIT);
  }

  failed(error: Error): void {
    this.end(TraceEndReason.TRACE_END_REASON_FAILED, messageOf(error));
  }

  #tellLoss(): void {
    const loss = this.#account.newLoss();
    if (loss !== undefined) this.#queue.notify({ $case: "loss", value: loss });
  }

  /** Ends the trace in good order; safe to call twice, the first reason counts. */
  end(reason: TraceEndReason, detail = ""): void {
    this.#ending ??= this.#end(reason, detail);
  }

  async #end(reason: TraceEndReason, detail: string): Promise<void> {
    this.#stopTimers();
    this.#failure = failureOf(reason, detail);
    try {
      // A client may leave while its trace is being attached: it is taken back as soon as it stands.
      await this.#starting;
      const totals = await this.#handle?.stop();
      if (totals !== undefined) this.#account.update(totals, this.#queue.lostEvents, readClock().monotonicNs);
    } catch (cause) {
      this.#failure ??= IpftraceError.from(cause, "UNAVAILABLE", "stop the trace");
    }
    if (this.#isStarted) {
      this.#tellLoss();
      this.#queue.notify(() => ({ $case: "ended", value: { reason, account: this.#account.account(), detail } }));
    }
    this.#queue.end();
  }

  #stopTimers(): void {
    clearTimeout(this.#duration);
    clearInterval(this.#heartbeat);
  }

  /** Ends the trace of a client that is gone, or that never got one. */
  async abandon(): Promise<void> {
    this.end(TraceEndReason.TRACE_END_REASON_STOPPED);
    await this.#ending;
  }

  /** The messages of the stream, encoded, until the trace has ended. @throws the failure that ended it, after the last message. */
  async *messages(): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const entry = await this.#queue.next();
      if (entry === undefined) break;
      this.#lastSentMs = performance.now();
      yield "batch" in entry ? this.#encodeBatch(entry.batch) : this.#encodeNotice(entry.notice);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #encodeBatch(batch: EncodedBatch): Buffer {
    this.#account.delivered(batch);
    return this.#encoder.batch(batch.bytes);
  }

  #encodeNotice(notice: Pending): Buffer {
    return this.#encoder.notice(typeof notice === "function" ? notice() : notice);
  }
}

/** The status with which a stream ends; undefined for OK. */
function failureOf(reason: TraceEndReason, detail: string): IpftraceError | undefined {
  switch (reason) {
    case TraceEndReason.TRACE_END_REASON_DRAINING:
      return new IpftraceError("UNAVAILABLE", "the server is stopping");
    case TraceEndReason.TRACE_END_REASON_FAILED:
      return new IpftraceError("ATTACH_FAILED", `the collector failed: ${detail}`);
    case TraceEndReason.TRACE_END_REASON_OVERFLOW:
      return new IpftraceError(
        "LIMIT_REACHED",
        "the client read too slowly: its queue overflowed (overflow_policy TERMINATE)",
      );
    default:
      return undefined;
  }
}
