/**
 * The typed tree of an expression: every member is an offset, every conversion that C makes is
 * a node. generate.ts writes instructions from it.
 */
import type { ArrayType, IntegerType, OtherType, PointerType, RecordType, ScalarType } from "./c-type.js";

/** Arithmetic on operands that have been converted to the result's type, but for the count of a shift. */
export type Arithmetic = "|" | "^" | "&" | "<<" | ">>" | "+" | "-" | "*" | "/" | "%";
/** Comparisons. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** Memory behind a pointer, `offset` bytes on. A NULL pointer makes it absent. */
interface Memory {
  readonly base: Value;
  readonly offset: number;
}

/** Where the bits of a bit-field lie in the bytes that are read. */
export interface Bits {
  /** Bytes to read. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Of the lowest bit. */
  readonly shift: number;
  readonly width: number;
}

/** Something in memory that is no value: a struct or an array. */
export interface Place extends Memory {
  readonly op: "place";
  readonly type: RecordType | ArrayType | OtherType;
}

/** Something that fits into a register. */
export type Value =
  | { readonly op: "constant"; readonly value: bigint; readonly type: ScalarType }
  /** The sk_buff. */
  | { readonly op: "packet"; readonly type: PointerType }
  | (Memory & { readonly op: "load"; readonly type: ScalarType; readonly bits?: Bits })
  | (Memory & { readonly op: "address"; readonly type: PointerType })
  /** An index below a number of elements; anything else is absent. */
  | { readonly op: "bounded"; readonly of: Value; readonly count: number; readonly type: IntegerType }
  | { readonly op: "convert"; readonly of: Value; readonly type: ScalarType }
  | { readonly op: "swap"; readonly of: Value; readonly bits: 16 | 32 | 64; readonly type: IntegerType }
  | { readonly op: "negate" | "complement"; readonly of: Value; readonly type: IntegerType }
  | {
      readonly op: "arithmetic";
      readonly operator: Arithmetic;
      readonly left: Value;
      readonly right: Value;
      readonly type: ScalarType;
    }
  | Truth
  | {
      readonly op: "choice";
      readonly condition: Value;
      readonly yes: Value;
      readonly no: Value;
      readonly type: ScalarType;
    };

/** Something that holds, or does not, or is absent; as a number 1 or 0. */
export type Truth =
  | {
      readonly op: "compare";
      readonly operator: Comparison;
      readonly left: Value;
      readonly right: Value;
      /** Whether the operands' common type has a sign. */
      readonly isSigned: boolean;
      readonly type: IntegerType;
    }
  /** Whether the bytes at an address are these. */
  | { readonly op: "sameText"; readonly address: Value; readonly bytes: Buffer; readonly type: IntegerType }
  | {
      readonly op: "logic";
      readonly operator: "&&" | "||";
      readonly left: Value;
      readonly right: Value;
      readonly type: IntegerType;
    }
  | { readonly op: "not"; readonly of: Value; readonly type: IntegerType };

/** What an expression can be. */
export type Typed = Value | Place;
