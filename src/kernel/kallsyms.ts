/** Reads symbols from /proc/kallsyms: lines of `address type name [module]`. */

import { hashName, hashText, noName, WORD_ENDS } from "../btf/name-index.js";
import { IpftraceError } from "../errors.js";
import { readKernelFile } from "./read-file.js";

const NEWLINE = 0x0a;
/** Hexadecimal digits of an address; the type is one character behind them, the name two further. */
const ADDRESS_DIGITS = 16;
/** The digits above the low 53 bits of an address, all ones in kernel addresses; the next one has one bit of them. */
const SKIPPED_DIGITS = 2;

/** Called with the low 53 bits of an address, and where the name, and a tab and `[module]` where there is one, lie in the text. */
export type OnSymbol = (address: number, start: number, end: number) => void;

/** Goes through the symbols of functions in the text of /proc/kallsyms. */
export function forEachTextSymbol(text: Buffer, onSymbol: OnSymbol): void {
  for (let line = 0; line < text.length; ) {
    const found = text.indexOf(NEWLINE, line);
    const end = found < 0 ? text.length : found;
    if (isText(text[line + ADDRESS_DIGITS + 1])) onSymbol(addressAt(text, line), line + ADDRESS_DIGITS + 3, end);
    line = end + 1;
  }
}

/**
 * Addresses, by their low 53 bits, of the functions named; a name may have several (static functions).
 *
 * @throws IpftraceError NOT_PERMITTED when the kernel hides addresses (kptr_restrict).
 */
export function symbolAddresses(names: ReadonlySet<string>): Map<string, number[]> {
  const text = readKernelFile("/proc/kallsyms");
  const found = new Map<string, number[]>();
  const hashes = new Set([...names].map(hashText));
  const name = noName();
  forEachTextSymbol(text, (address, start) => {
    hashName(text, start, WORD_ENDS, name);
    if (!hashes.has(name.hash)) return;
    const known = text.toString("latin1", start, name.end);
    if (names.has(known)) found.set(known, [...(found.get(known) ?? []), address]);
  });
  if ([...found.values()].flat().some((address) => address === 0)) {
    throw new IpftraceError(
      "NOT_PERMITTED",
      "the kernel hides function addresses; set kernel.kptr_restrict to 0 or 1 and run as root",
    );
  }
  return found;
}

/** Digit by digit: there are 200,000 of them, and a text for each would be garbage. */
function addressAt(text: Buffer, line: number): number {
  let value = digit(text[line + SKIPPED_DIGITS] as number) & 1;
  for (let i = SKIPPED_DIGITS + 1; i < ADDRESS_DIGITS; i++) value = value * 16 + digit(text[line + i] as number);
  return value;
}

/** 0-9 and a-f. */
function digit(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

/** Types T and t (code); W and w where the symbol is weak. */
function isText(type: number | undefined): boolean {
  return type === 0x54 || type === 0x74 || type === 0x57 || type === 0x77;
}
