/** Readers of texts that the command line and the configuration have in common. */
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";

/** Reads the text of a value. The error begins with what was given and says what is accepted. */
export type Reader<T> = (text: string) => Parsed<T>;

/** One of a fixed set of words; case matters, as it did in the original. */
export function oneOf<const T extends string>(...accepted: readonly T[]): Reader<T> {
  return (text) => {
    const value = accepted.find((word) => word === text);
    return value === undefined ? { error: `${quote(text)} is not one of ${accepted.join(", ")}` } : { value };
  };
}

/** An address of a server: `unix:PATH` or `HOST:PORT`, IPv6 hosts in brackets. */
export function readTarget(text: string): Parsed<string> {
  const port = /^(?:[^:[\]/\s]+|\[[0-9a-fA-F:.%]+\]):(\d{1,5})$/.exec(text)?.[1];
  if (/^unix:.+$/s.test(text) || (port !== undefined && Number(port) >= 1 && Number(port) <= 65535)) {
    return { value: text };
  }
  return {
    error: `${quote(text)} is not an address (unix:PATH or HOST:PORT, for example unix:/run/ipftrace/ipftraced.sock)`,
  };
}
