/** Reads symbols from /proc/kallsyms: lines of `address type name [module]`. */
import { readFileSync } from "node:fs";
import { IpftraceError } from "../errors.js";

const SPACE = 0x20;
const TAB = 0x09;
const NEWLINE = 0x0a;
/** Hexadecimal digits of an address; the type is one character behind them, the name two further. */
const ADDRESS_DIGITS = 16;

/**
 * Addresses of the functions named; a name may have several (static functions).
 *
 * @throws IpftraceError NOT_PERMITTED when the kernel hides addresses (kptr_restrict).
 */
export function symbolAddresses(names: ReadonlySet<string>): Map<string, bigint[]> {
  const text = readFileSync("/proc/kallsyms");
  const found = new Map<string, bigint[]>();
  for (let line = 0; line < text.length; ) {
    const end = text.indexOf(NEWLINE, line);
    const nameStart = line + ADDRESS_DIGITS + 3;
    const name = text.toString("latin1", nameStart, nameEnd(text, nameStart, end));
    if (names.has(name) && isText(text[line + ADDRESS_DIGITS + 1])) {
      const address = BigInt(`0x${text.toString("latin1", line, line + ADDRESS_DIGITS)}`);
      found.set(name, [...(found.get(name) ?? []), address]);
    }
    line = end + 1;
  }
  if ([...found.values()].flat().some((address) => address === 0n)) {
    throw new IpftraceError(
      "NOT_PERMITTED",
      "the kernel hides function addresses; set kernel.kptr_restrict to 0 or 1 and run as root",
    );
  }
  return found;
}

/** Where a name ends: at the module's tab, or with the line. */
function nameEnd(text: Buffer, start: number, lineEnd: number): number {
  let at = start;
  while (at < lineEnd && text[at] !== TAB && text[at] !== SPACE) at++;
  return at;
}

/** Types T and t (code); W and w where the symbol is weak. */
function isText(type: number | undefined): boolean {
  return type !== undefined && "TtWw".includes(String.fromCharCode(type));
}
