import type { Parsed } from "./parsed.js";
import { quote } from "./quote.js";

/** Largest port number, RFC 9293 §3.1 (16 bits). */
export const maxPort = 65_535;

/** Reads a port: a decimal number from 1 to 65535, without sign, blanks or leading zeros. */
export function parsePort(text: string): Parsed<number> {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > maxPort) return { error: `${quote(text)} is not a port: give a decimal number, 1-${maxPort}` };
  return { value: port };
}
