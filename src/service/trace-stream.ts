/**
 * One client's stream: what its feed delivers, with the messages around it.
 *
 *   starting → running → ending → ended
 *
 * The stream ends when the client cancels (then nothing more can be told), when a limit of
 * the request is reached, by StopTrace, when the server drains, or when something fails. In
 * every case but the first the feed is left in good order, and the account is made after it.
 */
import { randomBytes } from "node:crypto";
import type { Dictionary, Totals } from "../collector/messages.js";
import { IpftraceError } from "../errors.js";
import type { Account } from "../gen/ipftrace/v1/loss.js";
import { TraceEndReason } from "../gen/ipftrace/v1/trace_service.js";
import { ClientAccount } from "../hub/account.js";
import type { Feed, FeedEvents } from "../hub/feed.js";
import type { Entry } from "../hub/queue.js";
import type { CountedStream, Sent } from "../hub/stream-sum.js";
import { dictionaryNotices } from "./dictionary-notices.js";
import { failureOf } from "./end-failure.js";
import { readClock } from "./node.js";
import type { DeliveryOptions } from "./options.js";
import { overheadOf } from "./overhead.js";
import { NO_TOKEN, type Notice, ResponseEncoder } from "./responses.js";
import { writeToken } from "./resume-token.js";
import { type Asked, startedNotice } from "./started.js";

/** Attaching that takes longer than this is told. */
const PROGRESS_AFTER_MS = 1000;

/** A notice, or a function that makes it when its turn to be sent has come. */
export type Pending = Notice | (() => Notice | undefined);

/** The stream of one call. */
export class TraceStream implements FeedEvents, CountedStream {
  /** TraceStarted.trace_id. */
  readonly id = randomBytes(8).readBigUInt64LE();
  readonly #asked: Asked;
  readonly #options: DeliveryOptions;
  readonly #feed: Feed<Pending>;
  readonly #encoder = new ResponseEncoder();
  readonly #startedMs = performance.now();
  #account = new ClientAccount();
  #starting: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;
  #failure: IpftraceError | undefined;
  /** Whether the client has been told that its trace runs; else it is told of its end by the status alone. */
  #isStarted = false;
  #duration: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** One heartbeat and one loss at a time: for a client that does not read they must not pile up. */
  #heartbeatState: "none" | "due" | "queued" = "none";
  #isLossQueued = false;
  #lastSentMs = 0;
  /** Of so many conversations one is followed, as the client was told. */
  #followedOneIn = 1;

  constructor(asked: Asked, options: DeliveryOptions, feed: Feed<Pending>) {
    this.#asked = asked;
    this.#options = options;
    this.#feed = feed;
  }

  get account(): Account {
    return this.#account.account();
  }

  get sent(): Sent {
    return this.#account.sent;
  }

  get queuedBytes(): number {
    return this.#feed.delivery.bytes;
  }

  /** Starts the feed. @throws IpftraceError; then no message comes. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { delivery } = this.#feed;
    try {
      const start = await this.#feed.start(this);
      if (this.#ending !== undefined) return;
      this.#isStarted = true;
      this.#account = new ClientAccount(start.baseline);
      delivery.notify(startedNotice(this.id, this.#asked, start));
      this.dictionary(start.dictionary);
    } catch (reason) {
      delivery.finish(undefined);
      throw reason;
    }
    this.#startTimers();
    this.#feed.begun();
  }

  #startTimers(): void {
    const { durationMs, heartbeatIntervalMs } = this.#options;
    if (durationMs > 0) this.#duration = setTimeout(() => this.end(TraceEndReason.TRACE_END_REASON_LIMIT), durationMs);
    this.#heartbeat = setInterval(() => {
      if (performance.now() - this.#lastSentMs < heartbeatIntervalMs / 2) return;
      if (this.#heartbeatState !== "none") return;
      this.#heartbeatState = "due";
      this.#feed.requestTotals();
    }, heartbeatIntervalMs);
  }

  /** FeedEvents: what the feed tells. */
  progress(attached: number, total: number): void {
    if (performance.now() - this.#startedMs < PROGRESS_AFTER_MS) return;
    this.#feed.delivery.notify({ $case: "attachProgress", value: { attached, total } });
  }

  dictionary(dictionary: Dictionary): void {
    for (const notice of dictionaryNotices(dictionary)) this.#feed.delivery.notify(notice);
  }

  totals(totals: Totals): void {
    const { monotonicNs } = readClock();
    this.#account.update(totals, this.#feed.counts, monotonicNs);
    this.#tellLoss();
    const overhead = overheadOf(totals);
    const isNews = (overhead?.followedOneIn ?? 1) !== this.#followedOneIn;
    if (this.#heartbeatState !== "due" && !(isNews && this.#heartbeatState === "none")) return;
    this.#followedOneIn = overhead?.followedOneIn ?? 1;
    this.#heartbeatState = "queued";
    this.#feed.delivery.notify(() => {
      this.#heartbeatState = "none";
      return { $case: "heartbeat", value: { account: this.#account.account(), monotonicNs, overhead } };
    });
  }

  over(reason: TraceEndReason, detail?: string): void {
    this.end(reason, detail);
  }

  #tellLoss(): void {
    if (this.#isLossQueued || !this.#account.hasNewLoss) return;
    this.#isLossQueued = true;
    this.#feed.delivery.notify(() => {
      this.#isLossQueued = false;
      const value = this.#account.newLoss();
      return value && { $case: "loss", value };
    });
  }

  /** Ends the stream in good order; safe to call twice, the first reason counts. */
  end(reason: TraceEndReason, detail = ""): void {
    this.#ending ??= this.#end(reason, detail);
  }

  async #end(reason: TraceEndReason, detail: string): Promise<void> {
    this.#stopTimers();
    this.#failure = failureOf(reason, detail);
    let totals: Totals | undefined;
    try {
      // A client may leave while its trace is being attached: it is taken back as soon as it stands.
      await this.#starting;
      totals = await this.#feed.leave();
      this.#update(totals);
    } catch (cause) {
      this.#failure ??= IpftraceError.from(cause, "UNAVAILABLE", "stop the trace");
    }
    if (this.#isStarted) this.#tellLoss();
    const last = (): Notice => {
      this.#update(this.#feed.current ?? totals);
      const overhead = overheadOf(this.#feed.current ?? totals);
      return { $case: "ended", value: { reason, account: this.#account.account(), detail, overhead } };
    };
    this.#feed.delivery.finish(this.#isStarted ? last : undefined);
  }

  #update(totals: Totals | undefined): void {
    if (totals !== undefined) this.#account.update(totals, this.#feed.counts, readClock().monotonicNs);
  }

  #stopTimers(): void {
    clearTimeout(this.#duration);
    clearInterval(this.#heartbeat);
  }

  /** Ends the stream of a client that is gone, or that never got one; resolves when what it left behind is in order. */
  async abandon(): Promise<void> {
    if (this.#ending === undefined) {
      this.#ending = Promise.resolve();
      this.#stopTimers();
      this.#feed.abandon();
      this.#feed.delivery.finish(undefined);
    }
    await this.#ending;
  }

  /** The messages of the stream, encoded, until it has ended. @throws the failure that ended it, after the last message. */
  async *messages(): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const entry = await this.#feed.delivery.next();
      if (entry === undefined) break;
      const message = this.#encode(entry);
      if (message === undefined) continue;
      this.#lastSentMs = performance.now();
      yield message;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #encode(entry: Entry<Pending>): Buffer | undefined {
    const { sessionId } = this.#feed;
    const token = entry.mark && sessionId !== undefined ? writeToken(sessionId, entry.mark) : NO_TOKEN;
    if ("batch" in entry) {
      this.#account.delivered(entry.batch);
      return this.#encoder.batch(entry.batch.bytes, token);
    }
    const notice = typeof entry.notice === "function" ? entry.notice() : entry.notice;
    return notice && this.#encoder.notice(notice, token);
  }
}
