/** A client that reads a session. */
import type { Dictionary, Totals } from "../collector/messages.js";
import { IpftraceError } from "../errors.js";
import { TraceEndReason } from "../gen/ipftrace/v1/trace_service.js";
import type { OwnCounts } from "./account.js";
import type { Feed, FeedEvents, FeedStart } from "./feed.js";
import type { Mark } from "./history.js";
import { HistoryReader } from "./reader.js";
import { Selection, type SelectionOptions } from "./selection.js";
import type { Session, SessionEnd, SessionReader } from "./session.js";

/** Where to begin. */
export type StartAt =
  | { readonly at: "now" | "oldest" }
  | { readonly at: "last"; readonly journeys: number }
  /** Milliseconds, by the clock of performance.now(). */
  | { readonly at: "since"; readonly ms: number }
  | { readonly at: "mark"; readonly mark: Mark };

/** What the client asked for of the session. */
export interface ReadOptions extends SelectionOptions {
  readonly start: StartAt;
  /** Whether to end with what the history has now. */
  readonly historyOnly: boolean;
  /** Whether to end when the history forgets something unread. */
  readonly endsWhenOverrun: boolean;
}

/** The feed of one client. */
export class SessionFeed<N> implements Feed<N>, SessionReader {
  readonly #session: Session;
  readonly #options: ReadOptions;
  readonly #selection: Selection;
  readonly #start: Mark;
  readonly delivery: HistoryReader<N>;
  #events: FeedEvents | undefined;

  /** @throws IpftraceError OUT_OF_RANGE for a place that this session does not have */
  constructor(session: Session, options: ReadOptions) {
    this.#session = session;
    this.#options = options;
    this.#selection = new Selection(options, performance.now());
    this.#start = markOf(session, options.start);
    const reading = { history: session.history, selection: this.#selection, start: this.#start };
    this.delivery = new HistoryReader(reading, this);
  }

  get sessionId(): bigint {
    return this.#session.options.id;
  }

  get counts(): OwnCounts {
    const { leftOutEvents, limitedEvents } = this.#selection;
    return { leftOut: leftOutEvents, limited: limitedEvents, queue: 0, history: this.delivery.lostEvents };
  }

  get current(): Totals {
    return this.delivery.totals;
  }

  async start(events: FeedEvents): Promise<FeedStart> {
    const { info } = this.#session.joined;
    const { events: deliveredEvents, totals } = this.#start;
    this.#session.attach(this);
    this.#events = events;
    const baseline = { totals, deliveredEvents };
    return { info, baseline, dictionary: this.#session.knownNames, sessionName: this.#session.options.name };
  }

  begun(): void {
    if (this.#options.historyOnly) this.delivery.stopAtEnd();
    else if (this.#session.end !== undefined) this.over(this.#session.end);
    this.delivery.open();
  }

  requestTotals(): void {
    this.noted();
  }

  async leave(): Promise<Totals> {
    this.#session.detach(this);
    return this.current;
  }

  abandon(): void {
    this.#session.detach(this);
  }

  /** SessionReader: what the session tells. */
  wake(): void {
    this.delivery.wake();
  }

  noted(): void {
    this.#events?.totals(this.current);
  }

  dictionary(dictionary: Dictionary): void {
    this.#events?.dictionary(dictionary);
  }

  over({ reason, detail }: SessionEnd): void {
    this.delivery.stopAtEnd();
    this.#events?.over(reason, detail);
  }

  /** ReaderEvents. */
  paused(): void {
    if (this.#selection.isDone) this.#events?.over(TraceEndReason.TRACE_END_REASON_LIMIT);
    else if (this.#options.historyOnly) this.#events?.over(TraceEndReason.TRACE_END_REASON_END_OF_HISTORY);
  }

  overrun(): void {
    if (this.#options.endsWhenOverrun) this.#events?.over(TraceEndReason.TRACE_END_REASON_OVERFLOW);
    else this.noted();
  }
}

/** The place in a session's history where a client begins. */
function markOf({ history, options }: Session, start: StartAt): Mark {
  switch (start.at) {
    case "now":
      return history.end;
    case "oldest":
      return history.oldest;
    case "last":
      return history.markAt(Math.max(history.end.position - start.journeys, 0));
    case "since":
      return history.markSince(start.ms);
    case "mark":
      if (start.mark.position <= history.end.position && start.mark.events <= history.end.events) return start.mark;
      throw notOfSession(options.name);
  }
}

/** For a place that a session does not have. */
export function notOfSession(name: string): IpftraceError {
  return new IpftraceError(
    "OUT_OF_RANGE",
    `the resume token is not of the session "${name}" as it is now: it may have been deleted and made again, or the server restarted; begin with the oldest journey instead`,
  );
}
