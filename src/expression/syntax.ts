/** The syntax tree of an expression: what was written, before anything is known of the kernel's types. */
import type { Span } from "./fault.js";

/** A type as a cast names it: `struct tcphdr *` has one pointer. */
export interface TypeName {
  /** undefined for a basic type or a typedef. */
  readonly tag: "struct" | "union" | "enum" | undefined;
  /** "tcphdr", "u32", or the words of a basic type: "unsigned char". */
  readonly name: string;
  readonly pointers: number;
}

/** Operators with two operands, from the loosest to the tightest, as C ranks them. */
export const binaryLevels = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
] as const;

/** One of {@link binaryLevels}. */
export type BinaryOperator = (typeof binaryLevels)[number][number];

/** Operators in front of one operand. */
export const unaryOperators = ["!", "~", "-"] as const;
/** One of {@link unaryOperators}. */
type UnaryOperator = (typeof unaryOperators)[number];

type Form =
  | {
      readonly kind: "number";
      /** Below 2^64. */
      readonly value: bigint;
      /** A decimal number without a "u" is never unsigned in C. */
      readonly isDecimal: boolean;
      /** Lower case: "", "u", "l", "ul". */
      readonly suffix: string;
    }
  /** Text between double quotes, its escapes resolved. */
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly operand: Node }
  | {
      readonly kind: "member";
      readonly of: Node;
      readonly name: string;
      readonly nameAt: number;
      readonly arrow: boolean;
    }
  | { readonly kind: "index"; readonly of: Node; readonly index: Node }
  | { readonly kind: "cast"; readonly type: TypeName; readonly of: Node }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly of: Node }
  | { readonly kind: "binary"; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: "choice"; readonly condition: Node; readonly yes: Node; readonly no: Node };

/** One node, and the text that it was read from. */
export type Node = Form & Span;

/** Most characters of an expression: nobody writes as much, and every later step is bounded by it. */
export const MAX_LENGTH = 1024;
/** Most operators, parentheses and casts around one operand. */
export const MAX_DEPTH = 32;
