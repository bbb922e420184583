/** What a scenario left, read back: the messages of its trace, by their kind. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PacketJourney } from "../../../src/gen/ipftrace/v1/journey.js";
import type { Account, StageLoss } from "../../../src/gen/ipftrace/v1/loss.js";
import {
  GetNodeResponse,
  type Overhead,
  TraceResponse,
  type TraceStarted,
} from "../../../src/gen/ipftrace/v1/trace_service.js";
import { NODE_FILE, type Outcome, SIZE_BYTES } from "./plan.js";

/** One scenario's trace. */
export interface Seen {
  readonly outcome: Outcome;
  readonly started: TraceStarted;
  readonly journeys: readonly PacketJourney[];
  /** All entries of all Loss messages. */
  readonly losses: readonly StageLoss[];
  readonly account: Account;
  /** What the trace cost; undefined where it was not measured. */
  readonly overhead: Overhead | undefined;
}

/** Reads what guest.ts wrote into a folder. @throws where the scenario did not run to its end. */
export function readSeen(folder: string, name: string): Seen {
  const outcome: Outcome = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  if (outcome.failure !== "") throw new Error(`the trace of ${name} failed: ${outcome.failure}`);
  const events = readEvents(folder, name);
  const { account, overhead } = ofKind(events, "ended")[0] ?? {};
  if (account === undefined) throw new Error(`the trace of ${name} has no account`);
  const journeys = ofKind(events, "batch").flatMap((batch) => batch.journeys);
  const losses = ofKind(events, "loss").flatMap(({ stages }) => stages);
  return { outcome, started: startedOf(events, name), journeys, losses, account, overhead };
}

/** How a scenario began, which may have been left running; undefined when it was not run. */
export function readStarted(folder: string, name: string): TraceStarted | undefined {
  return existsSync(messagesFile(folder, name)) ? startedOf(readEvents(folder, name), name) : undefined;
}

function messagesFile(folder: string, name: string): string {
  return join(folder, `${name}.messages`);
}

/** What the server told of the machine. */
export function readNode(folder: string): GetNodeResponse {
  return GetNodeResponse.decode(readFileSync(join(folder, NODE_FILE)));
}

type Event = NonNullable<TraceResponse["event"]>;

function readEvents(folder: string, name: string): Event[] {
  const messages = unframe(readFileSync(messagesFile(folder, name)));
  return messages.flatMap((bytes) => TraceResponse.decode(bytes).event ?? []);
}

function ofKind<C extends Event["$case"]>(events: readonly Event[], kind: C) {
  return events.flatMap((event) =>
    event.$case === kind ? [event.value as Extract<Event, { $case: C }>["value"]] : [],
  );
}

function startedOf(events: readonly Event[], name: string): TraceStarted {
  const [started] = ofKind(events, "started");
  if (started === undefined) throw new Error(`the trace of ${name} did not start`);
  return started;
}

function unframe(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const begin = at + SIZE_BYTES;
    at = begin + bytes.readUInt32LE(at);
    messages.push(bytes.subarray(begin, at));
  }
  return messages;
}
