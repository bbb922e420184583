/**
 * Readers of option values that belong to the command line alone. Each answers with the
 * value or with a sentence that begins with what was given and says what is accepted.
 */

import type { Reader } from "../config/readers.js";
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";

/** The same reader, except that `any` means no condition: undefined. */
export function orAny<T>(read: Reader<T>): Reader<T | undefined> {
  return (text) => (text === "any" ? { value: undefined } : read(text));
}

/** The text itself, when `read` accepts it: the server reads it again. */
export function checkedBy(read: Reader<unknown>): Reader<string> {
  return (text) => {
    const result = read(text);
    return "error" in result ? result : { value: text };
  };
}

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
/** uint32 in the contract: 49 days. */
const MAX_UINT32 = 2 ** 32 - 1;

/** A time with its unit, in whole milliseconds from 1. */
export function readTimeMs(text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = match?.[2] as keyof typeof MILLISECONDS | undefined;
  const ms = unit === undefined ? Number.NaN : Math.round(Number(match?.[1]) * MILLISECONDS[unit]);
  if (ms >= 1 && ms <= MAX_UINT32) return { value: ms };
  return { error: `${quote(text)} is not a time (a number with ms, s, m or h: 500ms, 10s, 1.5h; from 1ms to 49 days)` };
}

/** A whole number from 1 that fits 32 bits. */
export function readCount(text: string): Parsed<number> {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MAX_UINT32) return { value };
  return { error: `${quote(text)} is not a whole number from 1 to ${MAX_UINT32}` };
}

/** A number of bytes. */
export function readBytes(text: string): Parsed<bigint> {
  const bytes = bytesOf(text);
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return { value: BigInt(bytes) };
  return { error: `${quote(text)} is not a number of bytes (8388608, 512K, 64M, 1G)` };
}

/** NaN for what is none. */
function bytesOf(text: string): number {
  const match = /^(\d+)([KMG]?)$/i.exec(text);
  const unit = (match?.[2] ?? "").toUpperCase() as keyof typeof BYTES;
  return Number(match?.[1]) * BYTES[unit];
}

const BYTES = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;
/** The kernel sizes a ring buffer in pages and wants a power of two. */
const MIN_RING_BYTES = 4096;

/** A power of two of bytes, from 4096. */
export function readRingBytes(text: string): Parsed<bigint> {
  const bytes = bytesOf(text);
  if (bytes >= MIN_RING_BYTES && Number.isInteger(Math.log2(bytes))) return { value: BigInt(bytes) };
  return { error: `${quote(text)} is not a ring buffer size (a power of two from 4096: 64K, 8M, 1G)` };
}

/** A regular expression; whether it is one, the server says. */
export function readRegex(text: string): Parsed<string> {
  return text === ""
    ? { error: `"" is not a regular expression: leave the option out for all functions` }
    : { value: text };
}

/** Any text but an empty one, of which `sentence` tells. */
export function readText(sentence: string): Reader<string> {
  return (text) => (text.trim() === "" ? { error: sentence } : { value: text });
}
