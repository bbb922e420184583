/** Values that modules show, compared with what something else tells of the same packets. */
import assert from "node:assert/strict";
import { type CapturedFrame, GSO_TCPV4, NEEDS_SUM, tcpHeaderBytes } from "./captured-frames.js";

/** Values of one hop by field; of fields that two modules have, by module and field: "gso.len". */
export type HopValues = Readonly<Record<string, unknown>>;

/** The first group of a pattern. @throws with the whole text where it is not found. */
export function match(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  assert.ok(found !== undefined, `nothing like ${pattern} in:\n${text}`);
  return found;
}

/** Fails unless both have the same things as often, in any order. */
export function assertSameSet(shown: readonly HopValues[], truths: readonly HopValues[]): void {
  const texts = (all: readonly HopValues[]): string[] =>
    all.map((one) => JSON.stringify(Object.entries(one).sort(([a], [b]) => a.localeCompare(b)))).sort();
  assert.ok(truths.length > 0, "there is nothing to compare with");
  assert.deepEqual(texts(shown), texts(truths));
}

/** Fails unless a hop has these values; more than these are welcome. */
export function assertValues(hop: HopValues | undefined, truths: HopValues): void {
  assert.ok(hop !== undefined, "there is no such hop");
  const shown = Object.fromEntries(Object.keys(truths).map((name) => [name, hop[name]]));
  assert.deepEqual(shown, truths);
}

/** These fields alone. */
export function only(hop: HopValues, names: readonly string[]): HopValues {
  return Object.fromEntries(names.map((name) => [name, hop[name]]));
}

/** What a packet socket is told of a frame, in the words of `gso`, `len` and `csum`. */
export function toldOfBuffer(frame: CapturedFrame): HopValues {
  const isCut = frame.gsoSize > 0;
  const headers = tcpHeaderBytes(frame);
  return {
    len: frame.length,
    size: frame.gsoSize,
    ...(isCut && {
      segments: Math.ceil((frame.length - headers) / frame.gsoSize),
      isTcp: (frame.gsoType & GSO_TCPV4) !== 0,
      linear: frame.linear,
    }),
    ...((frame.flags & NEEDS_SUM) !== 0 && { sumStart: frame.sumStart, sumOffset: frame.sumOffset }),
  };
}

/** The same of a hop. */
export function shownOfBuffer(hop: HopValues): HopValues {
  const number = (name: string): number => Number(hop[name]);
  // The two that say where the sum goes share their memory with it.
  const halves = number("csum_start") + number("csum_offset") * 2 ** 16;
  assert.equal(number("csum"), halves, "csum is not made of csum_start and csum_offset");
  assert.equal(hop["gso.len"], hop["len.len"]);
  return {
    len: number("gso.len"),
    size: number("gso_size"),
    ...(number("gso_size") > 0 && {
      segments: number("gso_segs"),
      isTcp: String(hop["gso_type"]).split("|").includes("SKB_GSO_TCPV4"),
      linear: number("len.len") - number("data_len"),
    }),
    ...(hop["ip_summed"] === "3" && {
      sumStart: number("csum_start") - number("headroom"),
      sumOffset: number("csum_offset"),
    }),
  };
}
