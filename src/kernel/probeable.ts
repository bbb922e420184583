/**
 * What the kernel's function tracer can trace: available_filter_functions of tracefs, and since Linux 6.5
 * available_filter_functions_addrs, which has their addresses, too.
 *
 * By address a function is attached without the kernel looking for its name among all symbols, once
 * for each link, and functions of one name are told apart.
 */
import { readKernelFile } from "./read-file.js";
import { TextIndex } from "./text-index.js";
import { tracefsPath } from "./trace-event.js";

/** Behind the name of a function that the compiler changed: `ip_rcv_finish_core.isra.0`. */
const COMPILER_SUFFIX = /\.(isra|constprop|part|cold|llvm)\./;

const NEWLINE = 0x0a;
/** Between a name and that of its module, behind which a bracket follows. */
const BRACKET = " [";
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
  readonly #text: Buffer;
  /** Where in a line the name begins. */
  readonly #nameAt: number;
  /** Where the name of each stands. */
  readonly #names: TextIndex;
  readonly #changed = new Map<string, string>();

  /** `text` of either list. A line is `function` or `function [module]`, behind `address ` or not. */
  constructor(text: Buffer) {
    this.#text = text;
    this.#nameAt = /^[0-9a-f]{16} /.test(text.toString("latin1", 0, ADDRESS_DIGITS + 1)) ? ADDRESS_DIGITS + 1 : 0;
    this.#names = new TextIndex(text, this.#nameAt);
    for (const start of this.#names.dotted) {
      const name = this.#wordAt(start);
      const suffixAt = name.search(COMPILER_SUFFIX);
      if (suffixAt > 0) this.#changed.set(name.slice(0, suffixAt), name);
    }
    for (const [plain] of this.#changed) if (this.has(plain)) this.#changed.delete(plain);
  }

  #wordAt(start: number): string {
    return this.#text.toString("latin1", start, this.#endOf(start)).replace(/\s.*/, "");
  }

  /** Where the line ends that this place is in. */
  #endOf(place: number): number {
    const at = this.#text.indexOf(NEWLINE, place);
    return at < 0 ? this.#text.length : at;
  }

  /** Whether a function of that name can be traced. */
  has(name: string): boolean {
    return this.#names.find(name) !== undefined;
  }

  /** The module that holds a function, "vmlinux" for the kernel itself; of several the first. */
  get(name: string): string | undefined {
    const start = this.#names.find(name);
    return start === undefined ? undefined : this.#moduleOf(start + name.length);
  }

  /** `nameEnd` is where the function's name ends. */
  #moduleOf(nameEnd: number): string {
    const end = this.#endOf(nameEnd);
    return nameEnd === end ? "vmlinux" : this.#text.toString("latin1", nameEnd + BRACKET.length, end - 1);
  }

  /** How many functions have that name: static ones may share it. */
  count(name: string): number {
    return this.#names.all(name).length;
  }

  /** All functions of a name. */
  copies(name: string): Copy[] {
    return this.#names
      .all(name)
      .map((start) => ({ module: this.#moduleOf(start + name.length), address: this.#addressOf(start) }));
  }

  #addressOf(start: number): bigint | undefined {
    if (this.#nameAt === 0 || process.arch !== "x64") return undefined;
    const line = start - this.#nameAt;
    const place = BigInt(`0x${this.#text.toString("latin1", line, line + ADDRESS_DIGITS)}`);
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

function readIfThere(path: string): Buffer | undefined {
  try {
    return readKernelFile(path);
  } catch {
    return undefined;
  }
}
