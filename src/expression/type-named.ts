/** Finds the type that a cast names. */
import { Kind } from "../btf/btf.js";
import type { TypeTable } from "../btf/type-table.js";
import type { TypeRef } from "../btf/types.js";
import { quote } from "../filter/quote.js";
import { type CType, type IntegerType, int, long, typeAt, unsignedInt, unsignedLong } from "./c-type.js";
import { Fault, type Span } from "./fault.js";
import type { TypeName } from "./syntax.js";

/** @throws Fault */
export function typeNamed(table: TypeTable, { tag, name, pointers }: TypeName, span: Span): CType {
  const basic = tag === undefined ? basicType(name) : undefined;
  if (basic !== undefined && pointers === 0) return basic;
  const ref = refNamed(table, tag, name);
  if (ref === undefined) {
    const what = tag === undefined ? name : `${tag} ${name}`;
    throw new Fault(span, `this kernel and its loaded modules have no type ${quote(what)}`, true);
  }
  if (pointers === 0) return typeAt(table, ref);
  if (pointers === 1) return { kind: "pointer", to: ref };
  throw new Fault(span, "a cast to a pointer to a pointer is not understood: cast at each step");
}

function refNamed(table: TypeTable, tag: TypeName["tag"], name: string): TypeRef | undefined {
  if (tag === undefined && name === "void") return table.nothing;
  const kinds = {
    struct: [Kind.STRUCT],
    union: [Kind.UNION],
    enum: [Kind.ENUM, Kind.ENUM64],
    none: [Kind.INT, Kind.TYPEDEF],
  };
  return table.find(kinds[tag ?? "none"], BTF_NAMES.get(normalName(name)) ?? name);
}

/** Names of BTF for what C spells in several ways. */
const BTF_NAMES: ReadonlyMap<string, string> = new Map([
  ["char", "char"],
  ["char signed", "signed char"],
  ["char unsigned", "unsigned char"],
  ["short", "short int"],
  ["short unsigned", "short unsigned int"],
  ["unsigned", "unsigned int"],
  ["int unsigned", "unsigned int"],
  ["long", "long int"],
  ["long unsigned", "long unsigned int"],
  ["_Bool", "_Bool"],
]);

/** The words in order, without those that change nothing. */
function normalName(name: string): string {
  const words = name.split(" ").sort();
  const isLong = words.includes("long");
  const left = words.filter((word, n) => {
    if (word === "signed") return words.includes("char");
    if (word === "int") return !isLong && !words.includes("short");
    return word !== "long" || words.indexOf("long") === n;
  });
  return left.length === 0 ? "int" : left.join(" ");
}

function basicType(name: string): IntegerType | undefined {
  const known: Record<string, IntegerType> = {
    char: typeOfBytes(1, true),
    "char signed": typeOfBytes(1, true),
    "char unsigned": typeOfBytes(1),
    short: typeOfBytes(2, true),
    "short unsigned": typeOfBytes(2),
    int,
    unsigned: unsignedInt,
    "int unsigned": unsignedInt,
    long,
    "long unsigned": unsignedLong,
  };
  return known[normalName(name)];
}

function typeOfBytes(bytes: 1 | 2, isSigned = false): IntegerType {
  const name = `${isSigned ? "" : "unsigned "}${bytes === 1 ? "char" : "short"}`;
  return { kind: "integer", bytes, isSigned, isBool: false, name };
}
