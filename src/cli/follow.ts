/** Reads the stream of one trace from its first message to its end. */

import type { TraceEvent } from "../client/events.js";
import type { Journey } from "../client/journey.js";
import { TraceStream } from "../client/trace-stream.js";
import type { Loss } from "../gen/ipftrace/v1/loss.js";
import type {
  AttachProgress,
  TraceEnded,
  TraceRequest,
  TraceServiceClient,
  TraceStarted,
} from "../gen/ipftrace/v1/trace_service.js";

/** Shows what a trace tells. The stream is read no further until the promise is fulfilled. */
export interface View {
  progress(progress: AttachProgress): void;
  started(started: TraceStarted): Promise<void>;
  journeys(journeys: readonly Journey[]): Promise<void>;
  loss(loss: Loss): void;
  /** The trace was asked to end, and takes its time. */
  ending(): void;
}

/** Detaching that takes longer than this is told. */
const ENDING_AFTER_MS = 1000;

/** How a trace is ended from outside. */
export interface Ends {
  /** Asks for an orderly end: open journeys and the account still come. */
  readonly stop: AbortSignal;
  /** Gives up at once; its reason is what `follow` throws. */
  readonly giveUp: AbortController;
  /** Milliseconds that an orderly end may take before the trace is given up. */
  readonly stopTimeoutMs: number;
}

/** Reason of giving up a trace that does not end in good order. */
export const NOT_ENDING = Symbol("the server did not end the trace in time");

/**
 * Follows a trace. Returns its end; undefined when it was stopped before it began. Throws
 * the reason of `giveUp`, or the ServiceError of a stream that failed.
 */
export async function follow(
  client: TraceServiceClient,
  request: TraceRequest,
  view: View,
  ends: Ends,
): Promise<TraceEnded | undefined> {
  const { stop, giveUp } = ends;
  if (stop.aborted) return undefined;
  const stream = new TraceStream(client, request, { signal: giveUp.signal });
  const reading: Reading = { hasStarted: false, ended: undefined };
  const stopper = createStopper(stream, ends, () => view.ending());
  stop.addEventListener("abort", stopper.stop);
  try {
    for await (const events of stream.batches()) await show(events, reading, view);
    giveUp.signal.throwIfAborted();
  } catch (error) {
    giveUp.signal.throwIfAborted();
    if (!stop.aborted || reading.hasStarted) throw error;
  } finally {
    stopper.dispose();
    stop.removeEventListener("abort", stopper.stop);
  }
  return reading.ended;
}

interface Reading {
  hasStarted: boolean;
  ended: TraceEnded | undefined;
}

async function show(events: readonly TraceEvent[], reading: Reading, view: View): Promise<void> {
  const journeys = events.flatMap((event) => (event.type === "journey" ? [event.journey] : []));
  if (journeys.length > 0) await view.journeys(journeys);
  for (const event of events) {
    if (event.type === "progress") view.progress(event.progress);
    if (event.type === "loss") view.loss(event.loss);
    if (event.type === "ended") reading.ended = event.ended;
    if (event.type !== "started") continue;
    reading.hasStarted = true;
    await view.started(event.started);
  }
}

/** A trace that runs is asked to stop, and given up when it does not. */
function createStopper(stream: TraceStream, ends: Ends, told: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let telling: NodeJS.Timeout | undefined;
  return {
    stop: () => {
      telling = setTimeout(told, ENDING_AFTER_MS);
      timer = setTimeout(() => ends.giveUp.abort(NOT_ENDING), ends.stopTimeoutMs);
      stream.stop();
    },
    dispose: () => {
      clearTimeout(timer);
      clearTimeout(telling);
    },
  };
}
