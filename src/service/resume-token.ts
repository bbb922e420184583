/**
 * Where a client goes on reading a session. The client keeps it and gives it back; it names the
 * place and what had happened until there, so that the account goes on where it ended.
 */
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { LossPlace, Totals } from "../collector/messages.js";
import { NO_TOTALS } from "../hub/account.js";
import type { Mark } from "../hub/history.js";

/** Bumped when the layout changes: a token of another one is not read. */
const VERSION = 1;
const PLACES = Object.keys(NO_TOTALS.lost) as LossPlace[];

/** A token for a place in the session of this number. */
export function writeToken(sessionId: bigint, { position, events, totals }: Mark): Buffer {
  const { filtered, matched, cutJourneys, lost } = totals;
  const writer = new BinaryWriter().uint32(VERSION).fixed64(sessionId);
  const numbers = [position, events, filtered, matched, cutJourneys, ...PLACES.map((place) => lost[place].events)];
  for (const number of numbers) writer.uint64(number);
  return Buffer.from(writer.finish());
}

/** The place; undefined for what is no token of this session. */
export function readToken(token: Uint8Array, sessionId: bigint): Mark | undefined {
  try {
    const reader = new BinaryReader(token);
    if (reader.uint32() !== VERSION || reader.fixed64() !== sessionId) return undefined;
    const next = (): number => Number(reader.uint64());
    const [position, events, filtered, matched, cutJourneys] = [next(), next(), next(), next(), next()];
    const lost = PLACES.map((place) => [place, { ...NO_TOTALS.lost[place], events: next() }]);
    if (reader.pos !== reader.len) return undefined;
    const totals: Totals = { ...NO_TOTALS, filtered, matched, cutJourneys, lost: Object.fromEntries(lost) };
    return { position, events, totals };
  } catch {
    return undefined;
  }
}
