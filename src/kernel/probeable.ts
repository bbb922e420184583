/**
 * What the kernel's function tracer can trace: available_filter_functions of tracefs, and since Linux 6.5
 * available_filter_functions_addrs, which has their addresses, too.
 *
 * By address a function is attached without the kernel looking for its name among all symbols, once
 * for each link, and functions of one name are told apart.
 */
import { readKernelFile } from "./read-file.js";
import { tracefsPath } from "./trace-event.js";

/** Behind the name of a function that the compiler changed: `ip_rcv_finish_core.isra.0`. */
const COMPILER_SUFFIX = /\.(isra|constprop|part|cold|llvm)\./;

const BRACKET = 0x5d;
/** Digits of an address in front of a name, and the blank behind them. */
const ADDRESS_DIGITS = 16;

/**
 * The tracer's place in a function on x86: its first instruction, or the one behind an endbr64, which
 * functions have that are called through pointers. They begin at multiples of 16 (FUNCTION_ALIGNMENT
 * of arch/x86/Kconfig).
 */
const X86_ALIGNMENT = 16n;
const ENDBR64_BYTES = 4n;

/** One function of a name. */
export interface Copy {
  /** "vmlinux" for the kernel itself. */
  readonly module: string;
  /** Where it begins; undefined where the kernel does not tell. */
  readonly address: bigint | undefined;
}

/** Functions that can be traced. */
export class Probeable {
  readonly #text: string;
  /** Where in a line the name begins. */
  readonly #nameAt: number;
  /** Where the line of each name begins, and the further ones of names that several functions have. */
  readonly #lines = new Map<string, number>();
  readonly #further = new Map<string, number[]>();
  readonly #changed = new Map<string, string>();

  /** `text` of either list. A line is `function` or `function [module]`, behind `address ` or not. */
  constructor(text: string) {
    this.#text = text;
    this.#nameAt = /^[0-9a-f]{16} /.test(text) ? ADDRESS_DIGITS + 1 : 0;
    for (let at = 0, end = 0; at < text.length; at = end + 1) {
      end = this.#endOf(at);
      this.#add(text.slice(at + this.#nameAt, this.#nameEnd(end)), at);
    }
    for (const [plain] of this.#changed) if (this.#lines.has(plain)) this.#changed.delete(plain);
  }

  #add(name: string, at: number): void {
    if (name === "") return;
    if (this.#lines.has(name)) this.#further.set(name, [...(this.#further.get(name) ?? []), at]);
    else this.#lines.set(name, at);
    const suffixAt = name.indexOf(".") < 0 ? -1 : name.search(COMPILER_SUFFIX);
    if (suffixAt > 0) this.#changed.set(name.slice(0, suffixAt), name);
  }

  #endOf(line: number): number {
    const found = this.#text.indexOf("\n", line);
    return found < 0 ? this.#text.length : found;
  }

  /** Where the name ends of a line that ends there. */
  #nameEnd(end: number): number {
    return this.#text.charCodeAt(end - 1) === BRACKET ? this.#text.lastIndexOf(" ", end) : end;
  }

  /** Whether a function of that name can be traced. */
  has(name: string): boolean {
    return this.#lines.has(name);
  }

  /** The module that holds a function, "vmlinux" for the kernel itself; of several the first. */
  get(name: string): string | undefined {
    const line = this.#lines.get(name);
    return line === undefined ? undefined : this.#moduleOf(line);
  }

  #moduleOf(line: number): string {
    const end = this.#endOf(line);
    const nameEnd = this.#nameEnd(end);
    return nameEnd === end ? "vmlinux" : this.#text.slice(nameEnd + 2, end - 1);
  }

  /** How many functions have that name: static ones may share it. */
  count(name: string): number {
    return this.#lines.has(name) ? 1 + (this.#further.get(name)?.length ?? 0) : 0;
  }

  /** All functions of a name. */
  copies(name: string): Copy[] {
    const line = this.#lines.get(name);
    if (line === undefined) return [];
    const lines = [line, ...(this.#further.get(name) ?? [])];
    return lines.map((at) => ({ module: this.#moduleOf(at), address: this.#addressOf(at) }));
  }

  #addressOf(line: number): bigint | undefined {
    if (this.#nameAt === 0 || process.arch !== "x64") return undefined;
    const place = BigInt(`0x${this.#text.slice(line, line + ADDRESS_DIGITS)}`);
    const address = place % X86_ALIGNMENT === ENDBR64_BYTES ? place - ENDBR64_BYTES : place;
    return address % X86_ALIGNMENT === 0n ? address : undefined;
  }

  /** What the compiler made of a function, such as "foo.isra.0", where nothing of the plain name is left. */
  changedName(name: string): string | undefined {
    return this.#changed.get(name);
  }
}

/** Undefined where the kernel does not tell: no tracefs, no permission, or locked down. */
export function readProbeable(): Probeable | undefined {
  const path = tracefsPath();
  if (path === undefined) return undefined;
  const list = `${path}/available_filter_functions`;
  const text = readIfThere(`${list}_addrs`) ?? readIfThere(list);
  return text === undefined ? undefined : new Probeable(text);
}

function readIfThere(path: string): string | undefined {
  try {
    return readKernelFile(path).toString("latin1");
  } catch {
    return undefined;
  }
}
