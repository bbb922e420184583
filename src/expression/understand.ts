/** From the text of an expression to its meaning on one kernel. */
import type { TypeTable } from "../btf/type-table.js";
import { Fault, type Span, withCaret } from "./fault.js";
import { parse } from "./parse.js";
import { resolve } from "./resolve.js";
import type { Typed } from "./typed.js";

/** What was understood, or in words with the place what is wrong. */
export type Understood<T> =
  | { readonly value: T }
  | {
      readonly error: string;
      /** The expression may be right, and this kernel lacks something that it names. */
      readonly isLack: boolean;
    };

/** Reads an expression; `use` may throw a {@link Fault} about it, too. */
export function understand<T>(text: string, table: TypeTable, use: (typed: Typed, whole: Span) => T): Understood<T> {
  try {
    const node = parse(text);
    return { value: use(resolve(table, node), { at: node.at, end: node.end }) };
  } catch (reason) {
    if (reason instanceof Fault) return { error: withCaret(text, reason), isLack: reason.isLack };
    throw reason;
  }
}
