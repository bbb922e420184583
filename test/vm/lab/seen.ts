/** What a scenario left, read back: the messages of its trace, by their kind. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import type { Account, StageLoss } from "../../../src/gen/ipftrace/v1/loss.js";
import { TraceResponse, type TraceStarted } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { type Outcome, SIZE_BYTES } from "./plan.js";

/** One scenario's trace. */
export interface Seen {
  readonly outcome: Outcome;
  readonly started: TraceStarted;
  readonly journeys: readonly PacketJourney[];
  /** All entries of all Loss messages. */
  readonly losses: readonly StageLoss[];
  readonly account: Account;
}

/** Reads what guest.ts wrote into a folder. @throws where the scenario did not run to its end. */
export function readSeen(folder: string, name: string): Seen {
  const outcome: Outcome = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  if (outcome.failure !== "") throw new Error(`the trace of ${name} failed: ${outcome.failure}`);
  const events = unframe(readFileSync(join(folder, `${name}.messages`))).map(
    (bytes) => TraceResponse.decode(bytes).event,
  );
  const all = <C extends Event["$case"]>(kind: C) =>
    events.flatMap((event) => (event?.$case === kind ? [event.value as Extract<Event, { $case: C }>["value"]] : []));
  const [started] = all("started");
  const account = all("ended")[0]?.account;
  if (started === undefined || account === undefined)
    throw new Error(`the trace of ${name} has no beginning or no account`);
  const journeys = all("batch").flatMap((batch) => batch.journeys);
  return { outcome, started, journeys, losses: all("loss").flatMap(({ stages }) => stages), account };
}

type Event = NonNullable<TraceResponse["event"]>;

function unframe(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const begin = at + SIZE_BYTES;
    at = begin + bytes.readUInt32LE(at);
    messages.push(bytes.subarray(begin, at));
  }
  return messages;
}
