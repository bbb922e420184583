/** Reads the stream of one trace from its first message to its end. */

import { IpftraceError } from "../errors.js";
import type { PacketJourney } from "../gen/ipftrace/v1/journey.js";
import type { Loss } from "../gen/ipftrace/v1/loss.js";
import type {
  AttachProgress,
  Dictionary,
  TraceEnded,
  TraceRequest,
  TraceResponse,
  TraceServiceClient,
  TraceStarted,
} from "../gen/ipftrace/v1/trace_service.js";

/** Shows what a trace tells. The stream is read no further until the promise is fulfilled. */
export interface View {
  progress(progress: AttachProgress): void;
  started(started: TraceStarted): Promise<void>;
  dictionary(dictionary: Dictionary): void;
  journeys(journeys: readonly PacketJourney[]): Promise<void>;
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
  const call = client.trace(request);
  const cancel = () => call.cancel();
  const reading: Reading = { started: undefined, ended: undefined };
  const stopper = createStopper(client, reading, ends, { cancel, told: () => view.ending() });
  giveUp.signal.addEventListener("abort", cancel);
  stop.addEventListener("abort", stopper.stop);
  try {
    for await (const response of call as AsyncIterable<TraceResponse>) await show(response, reading, view);
    if (reading.ended === undefined)
      throw new IpftraceError("UNAVAILABLE", "the server ended the stream without saying why");
  } catch (error) {
    cancel();
    giveUp.signal.throwIfAborted();
    if (stop.aborted && reading.started === undefined) return undefined;
    // A server that drains ends the stream with a status after it has said all.
    if (reading.ended === undefined) throw error;
  } finally {
    stopper.dispose();
    giveUp.signal.removeEventListener("abort", cancel);
    stop.removeEventListener("abort", stopper.stop);
  }
  return reading.ended;
}

interface Reading {
  started: TraceStarted | undefined;
  ended: TraceEnded | undefined;
}

async function show({ event }: TraceResponse, reading: Reading, view: View): Promise<void> {
  switch (event?.$case) {
    case "attachProgress":
      return view.progress(event.value);
    case "started":
      reading.started = event.value;
      return view.started(event.value);
    case "dictionary":
      return view.dictionary(event.value);
    case "batch":
      return view.journeys(event.value.journeys);
    case "loss":
      return view.loss(event.value);
    case "ended":
      reading.ended = event.value;
  }
}

/** A trace that has not begun is cancelled; one that runs is asked to stop, and given up when it does not. */
function createStopper(
  client: TraceServiceClient,
  reading: Reading,
  ends: Ends,
  { cancel, told }: { cancel: () => void; told: () => void },
) {
  let timer: NodeJS.Timeout | undefined;
  let telling: NodeJS.Timeout | undefined;
  return {
    stop: () => {
      if (reading.started === undefined) return cancel();
      telling = setTimeout(told, ENDING_AFTER_MS);
      timer = setTimeout(() => ends.giveUp.abort(NOT_ENDING), ends.stopTimeoutMs);
      // NOT_FOUND: the trace is ending already. Whatever else fails, the timer ends the wait.
      client.stopTrace({ traceId: reading.started.traceId }, () => {});
    },
    dispose: () => {
      clearTimeout(timer);
      clearTimeout(telling);
    },
  };
}
