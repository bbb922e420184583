/** Options of sessions, and of a client's own part of a trace. */
import type { Parsed } from "../../filter/parsed.js";
import { quote } from "../../filter/quote.js";
import { readBytes, readCount, readText, readTimeMs } from "../values.js";
import type { OptionSpec } from "./spec.js";

const value = { kind: "value", commands: ["trace"] } as const;

/** Where to begin reading a session. */
type From =
  | { readonly at: "now" | "oldest" }
  | { readonly at: "last"; readonly journeys: number }
  | { readonly at: "since"; readonly agoMs: number };

function readFrom(text: string): Parsed<From> {
  if (text === "now" || text === "oldest") return { value: { at: text } };
  const journeys = readCount(text);
  if ("value" in journeys) return { value: { at: "last", journeys: journeys.value } };
  const time = readTimeMs(text);
  if ("value" in time) return { value: { at: "since", agoMs: time.value } };
  const accepted = `now, oldest, a number (so many of the newest journeys), or a time (5m: what came in the last five minutes)`;
  return { error: `${quote(text)} is no place to begin at: ${accepted}` };
}

const readName = readText("is empty: give the name of a session");

/** Sessions, samples and rates. */
export const sessionOptions = {
  sampleOneIn: {
    ...value,
    commands: ["trace", "explain"],
    names: ["--sample"],
    metavar: "N",
    help: "Show one of N conversations, with both of its directions",
    read: readCount,
  },
  maxJourneysPerSecond: {
    ...value,
    commands: ["trace", "explain"],
    names: ["--journey-rate"],
    metavar: "N",
    help: "Show N journeys a second at most; the others are counted",
    read: readCount,
  },
  detach: {
    ...value,
    names: ["--detach"],
    metavar: "NAME",
    help: "Start a session of that name on the server, which goes on without this command",
    read: readName,
  },
  historyBytes: {
    ...value,
    names: ["--history-bytes"],
    metavar: "SIZE",
    help: "With --detach: keep so much, 64M (default 16M)",
    read: readBytes,
  },
  historyAgeMs: {
    ...value,
    names: ["--history-age"],
    metavar: "TIME",
    help: "With --detach: keep journeys no longer than TIME",
    read: readTimeMs,
  },
  expireAfterMs: {
    ...value,
    names: ["--expire-after"],
    metavar: "TIME",
    help: "With --detach: delete the session when nobody has read it for TIME",
    read: readTimeMs,
  },
  attach: {
    ...value,
    names: ["--attach"],
    metavar: "NAME",
    help: "Read the session of that name instead of starting a trace",
    read: readName,
  },
  from: {
    ...value,
    names: ["--from"],
    metavar: "WHERE",
    help: "With --attach: begin now (default), at the oldest, with the last N journeys, or TIME ago",
    suggest: ["now", "oldest"],
    read: readFrom,
  },
  noFollow: {
    kind: "flag",
    names: ["--no-follow"],
    help: "With --attach: end with what the session has now",
    commands: ["trace"],
  },
} as const satisfies Record<string, OptionSpec>;
