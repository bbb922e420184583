/** The messages of a trace as events in which every number has its name. */
import type { Loss } from "../gen/ipftrace/v1/loss.js";
import type {
  AttachProgress,
  Heartbeat,
  TraceEnded,
  TraceResponse,
  TraceStarted,
} from "../gen/ipftrace/v1/trace_service.js";
import { Journey } from "./journey.js";
import { addNames, noNames, startedNames } from "./trace-names.js";

/** What a trace tells, by its `type`. */
export type TraceEvent =
  /** The trace is being set up. */
  | { readonly type: "progress"; readonly progress: AttachProgress }
  /**
   * The trace runs. One that is not the first of its stream says that the connection was made again;
   * `resumed` then tells whether the stream goes on where it was.
   */
  | { readonly type: "started"; readonly started: TraceStarted; readonly resumed: boolean }
  /** A packet's journey has ended. */
  | { readonly type: "journey"; readonly journey: Journey }
  /** Something was lost. */
  | { readonly type: "loss"; readonly loss: Loss }
  /** Nothing happened, and the stream is alive. */
  | { readonly type: "heartbeat"; readonly heartbeat: Heartbeat }
  /** The trace is over; nothing follows. */
  | { readonly type: "ended"; readonly ended: TraceEnded };

/** Reads the messages of one stream, in their order. */
export interface EventReader {
  /** What one message tells; nothing for a message of a later version of the contract. */
  read(response: TraceResponse): TraceEvent[];
}

/** A reader of one stream; `resumed` for one that goes on where another stream ended. */
export function eventReader(resumed = false): EventReader {
  let names = noNames();
  const read = ({ event }: TraceResponse): TraceEvent[] => {
    switch (event?.$case) {
      case "attachProgress":
        return [{ type: "progress", progress: event.value }];
      case "started":
        names = startedNames(event.value);
        return [{ type: "started", started: event.value, resumed }];
      case "dictionary":
        names = addNames(names, event.value);
        return [];
      case "batch":
        return event.value.journeys.map((journey) => ({ type: "journey", journey: new Journey(journey, names) }));
      case "loss":
        return [{ type: "loss", loss: event.value }];
      case "heartbeat":
        return [{ type: "heartbeat", heartbeat: event.value }];
      case "ended":
        return [{ type: "ended", ended: event.value }];
      default:
        return [];
    }
  };
  return { read };
}
