/**
 * The kinds of values that keys of the configuration have. A flag, an environment variable and a
 * file give the same text, so one reader serves all three.
 */
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import { oneOf, readTarget } from "./readers.js";

/** One kind of value. */
export interface Kind<T> {
  /** What is accepted, in the words of the docs: `milliseconds, 0 to 60000`. */
  readonly accepts: string;
  /** Reads the text of a value. The error begins with what was given and says what is accepted. */
  readonly read: (text: string) => Parsed<T>;
  /** Where only these are accepted: the words. */
  readonly words?: readonly string[];
}

/** One of these words. */
export function word<const T extends string>(...accepted: readonly T[]): Kind<T> {
  return { accepts: accepted.join(", "), words: accepted, read: oneOf(...accepted) };
}

/** `true` or `false`. */
export const boolean: Kind<boolean> = {
  accepts: "true, false",
  read: (text) =>
    text === "true" || text === "false" ? { value: text === "true" } : { error: `${quote(text)} is not true or false` },
};

/** A whole number of `unit` (empty for a count) in a range. */
export function whole(unit: string, min: number, max: number): Kind<number> {
  const range = `${min} to ${max}`;
  return {
    accepts: `${unit === "" ? "a whole number" : unit}, ${range}`,
    read: (text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (value >= min && value <= max) return { value };
      const what = unit === "" ? "a whole number" : `a whole number of ${unit}`;
      return { error: `${quote(text)} is not ${what} from ${range}` };
    },
  };
}

const BYTES = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;

/** A number of bytes in a range, in the file also as `64K`, `8M`, `1G` (powers of 1024). */
export function bytes(min: number, max: number): Kind<number> {
  const range = `${sizeText(min)} to ${sizeText(max)}`;
  return {
    accepts: `bytes, ${range}`,
    read: (text) => {
      const match = /^(\d+)([KMG]?)$/.exec(text);
      const value = Number(match?.[1]) * BYTES[(match?.[2] ?? "") as keyof typeof BYTES];
      if (value >= min && value <= max) return { value };
      return { error: `${quote(text)} is not a number of bytes from ${range} (8388608, or 8M)` };
    },
  };
}

/** The shortest text of a number of bytes that {@link bytes} reads. */
function sizeText(count: number): string {
  for (const unit of ["G", "M", "K"] as const) {
    if (count > 0 && count % BYTES[unit] === 0) return `${count / BYTES[unit]}${unit}`;
  }
  return String(count);
}

/** Any text but an empty one; `what` is what it is, for the docs. */
export function text(what: string): Kind<string> {
  return {
    accepts: what,
    read: (given) => (given.trim() === "" ? { error: `${quote(given)} is empty: give ${what}` } : { value: given }),
  };
}

/** An absolute path: a server does not depend on the folder in which it was started. */
export function path(what: string): Kind<string> {
  return {
    accepts: `${what}, an absolute path`,
    read: (given) =>
      given.startsWith("/") ? { value: given } : { error: `${quote(given)} is not an absolute path of ${what}` },
  };
}

/** An address to listen at, and who its clients are. */
export const listenAddress: Kind<string> = { accepts: "unix:PATH[@ROLE[:GROUP]] or HOST:PORT", read: readTarget };

/** A host and a port to listen at. */
export const hostPort: Kind<string> = {
  accepts: "HOST:PORT",
  read: (given) => {
    const read = readTarget(given);
    if ("value" in read && !given.startsWith("unix:")) return read;
    return { error: `${quote(given)} is not HOST:PORT, for example 127.0.0.1:9464` };
  },
};

/** A site as browsers name it: RFC 6454 §7, scheme, host, and a port where it is not the scheme's own. */
export const origin: Kind<string> = {
  accepts: "https://HOST[:PORT] or http://HOST[:PORT]",
  read: (given) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === given) return { value: given };
    const meant = url !== undefined && url.origin !== "null" ? `; ${quote(url.origin)} is what a browser sends` : "";
    return { error: `${quote(given)} is not https://HOST[:PORT] or http://HOST[:PORT]${meant}` };
  },
};
