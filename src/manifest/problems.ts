import { LineCounter } from "yaml";
import { IpftraceError } from "../errors.js";

/** Most errors that one message lists. */
const maxErrors = 20;

/** The errors and warnings of one file, each with its place. */
export class Problems {
  /** Where the lines of the file begin. */
  readonly lines = new LineCounter();
  readonly #path: string;
  readonly #errors = new Map<string, number>();
  readonly #warnings = new Map<string, number>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Something that makes the file unusable; `offset` counts characters from the start of the file. */
  error(offset: number, what: string): void {
    this.#errors.set(`${this.place(offset)}: ${what}`, offset);
  }

  /** Something that the author probably did not mean. */
  warn(offset: number, what: string): void {
    this.#warnings.set(`${this.place(offset)}: ${what}`, offset);
  }

  /** The warnings in the order of the file, as `path:line:column: what`. */
  warnings(): string[] {
    return inOrder(this.#warnings);
  }

  /** Throws INVALID_INPUT with the errors in the order of the file, one a line, if there are any. */
  throwErrors(): void {
    if (this.#errors.size > 0) throw this.#toError();
  }

  /** Reports an error after which the rest of the file cannot be judged, and throws what there is. */
  fail(offset: number, what: string): never {
    this.error(offset, what);
    throw this.#toError();
  }

  /** The line of an offset, from 1. */
  lineOf(offset: number): number {
    return this.lines.linePos(offset).line;
  }

  #toError(): IpftraceError {
    const errors = inOrder(this.#errors);
    const shown = errors.slice(0, maxErrors);
    if (errors.length > maxErrors) shown.push(`and ${errors.length - maxErrors} more`);
    return new IpftraceError("INVALID_INPUT", shown.join("\n"));
  }

  /** A place as messages show it: `path:line:column`. */
  place(offset: number): string {
    const { line, col } = this.lines.linePos(offset);
    return `${this.#path}:${line}:${col}`;
  }
}

function inOrder(messages: ReadonlyMap<string, number>): string[] {
  return [...messages].sort(([, left], [, right]) => left - right).map(([message]) => message);
}
