/** Gives every node of an expression its meaning on one kernel: offsets, types, constants. */
import { Kind } from "../btf/btf.js";
import type { TypeTable } from "../btf/type-table.js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import { accessors, byteSwaps } from "./accessors.js";
import {
  describeType,
  type IntegerType,
  int,
  isText,
  long,
  sizeOf,
  unsignedInt,
  unsignedLong,
  unsignedShort,
} from "./c-type.js";
import { Fault, type Span } from "./fault.js";
import { decay, element, member, memberNames } from "./members.js";
import { binary, choice, convert, signed } from "./operators.js";
import { parseTrusted } from "./parse.js";
import type { Node, TypeName } from "./syntax.js";
import { typeNamed } from "./type-named.js";
import type { Typed, Value } from "./typed.js";

/** Most nodes of a tree, with accessors written out: what a text of the greatest length can sensibly need. */
const MAX_NODES = 20_000;
/** Most characters of a text that is compared; longer ones do not fit onto the stack. */
const MAX_TEXT = 32;
const PACKET = "skb";
/** Constants of C that are no enumerators in every kernel. */
const CONSTANTS: ReadonlyMap<string, bigint> = new Map([
  ["NULL", 0n],
  ["false", 0n],
  ["true", 1n],
]);

/** The meaning of an expression. @throws Fault */
export function resolve(table: TypeTable, node: Node): Typed {
  const ref = table.find([Kind.STRUCT], "sk_buff");
  if (ref === undefined) throw new Fault(node, "this kernel does not describe struct sk_buff");
  return new Resolver(table, { op: "packet", type: { kind: "pointer", to: ref } }, { nodes: 0 }).typed(node);
}

/** An expression's value; an array is the address of its first element. @throws Fault for a struct */
export function asValue(table: TypeTable, typed: Typed, span: Span): Value {
  if (typed.op !== "place") return typed;
  const value = decay(typed);
  if (value !== undefined) return value;
  const example = typed.type.kind === "record" ? memberNames(table, typed.type.ref)[0] : undefined;
  const hint = example === undefined ? "" : `: name one of its members, as in .${example}`;
  throw new Fault(span, `this is ${describeType(table, typed.type)}, no value${hint}`);
}

class Resolver {
  readonly #table: TypeTable;
  /** What `skb` stands for: within an accessor, its operand. */
  readonly #packet: Value;
  readonly #budget: { nodes: number };

  constructor(table: TypeTable, packet: Value, budget: { nodes: number }) {
    this.#table = table;
    this.#packet = packet;
    this.#budget = budget;
  }

  typed(node: Node): Typed {
    if (++this.#budget.nodes > MAX_NODES) throw new Fault(node, "the expression means too much work: make it shorter");
    switch (node.kind) {
      case "number":
        return constant(node.value, literalType(node.value, node.isDecimal, node.suffix));
      case "string":
        throw new Fault(node, 'a text can only be compared, by "==" or "!=", with an array of characters');
      case "name":
        return this.#name(node.name, node);
      case "call":
        return this.#call(node.name, node.operand, node);
      case "member":
        return member(this.#table, this.typed(node.of), node.name, node.arrow, memberSpan(node));
      case "index":
        return element(this.#table, this.typed(node.of), this.value(node.index), node);
      case "cast":
        return this.#cast(node.type, node.of, node);
      case "unary":
        return node.operator === "!" ? this.#not(node.of) : signed(node.operator, this.value(node.of), node);
      case "binary":
        return this.#binary(node);
      case "choice":
        return choice(this.#table, this.value(node.condition), this.value(node.yes), this.value(node.no), node);
    }
  }

  value(node: Node): Value {
    return asValue(this.#table, this.typed(node), node);
  }

  #not(of: Node): Value {
    return { op: "not", of: this.value(of), type: int };
  }

  #name(name: string, span: Span): Typed {
    if (name === PACKET) return this.#packet;
    const known = CONSTANTS.get(name) ?? this.#table.enumerator(name)?.value;
    if (known !== undefined) return constant(known, literalType(known, true, ""));
    if (accessors.has(name) || byteSwaps.has(name))
      throw new Fault(span, `${name} is given its operand in parentheses, as in ${name}(skb)`);
    const similar = didYouMean(name, [PACKET, ...accessors.keys(), ...this.#similarConstants(name)]);
    throw new Fault(
      span,
      `there is no ${quote(name)}${similar}: a path begins with skb, and this kernel has no constant of that name`,
      true,
    );
  }

  /** Those that begin alike, because the kernel has 30,000. */
  #similarConstants(name: string): string[] {
    return name.length < 4 ? [] : this.#table.enumeratorsLike(name.slice(0, 4)).map((one) => one.name);
  }

  #call(name: string, operand: Node, span: Span): Typed {
    const bits = byteSwaps.get(name);
    if (bits !== undefined) return this.#swap(name, bits, operand);
    const text = accessors.get(name);
    if (text === undefined) {
      const names = [...accessors.keys(), ...byteSwaps.keys()];
      throw new Fault(
        span,
        `there is no function ${quote(name)}${didYouMean(name, names)}; there are ${names.join(", ")}`,
      );
    }
    const packet = this.value(operand);
    const wanted = this.#table.find([Kind.STRUCT], "sk_buff");
    if (packet.type.kind !== "pointer" || this.#table.resolve(packet.type.to).id !== wanted?.id) {
      throw new Fault(
        operand,
        `${name} takes a struct sk_buff *, and this is ${describeType(this.#table, packet.type)}`,
      );
    }
    return this.#within(text, packet, name, span);
  }

  #within(text: string, packet: Value, name: string, span: Span): Typed {
    try {
      return new Resolver(this.#table, packet, this.#budget).typed(parseTrusted(text));
    } catch (reason) {
      // The text of an accessor is nothing that the user has written.
      if (reason instanceof Fault)
        throw new Fault(span, `${name} does not work on this kernel: ${reason.message}`, reason.isLack);
      throw reason;
    }
  }

  #swap(name: string, bits: 16 | 32 | 64, operand: Node): Value {
    const of = this.value(operand);
    if (of.type.kind !== "integer") throw new Fault(operand, `${name} takes a number, and this is a pointer`);
    const type: IntegerType = bits === 16 ? unsignedShort : bits === 32 ? unsignedInt : unsignedLong;
    return { op: "swap", of: convert(of, type), bits, type };
  }

  #cast(name: TypeName, operand: Node, span: Span): Typed {
    const type = typeNamed(this.#table, name, span);
    const of = this.value(operand);
    if (type.kind === "integer" || type.kind === "pointer") return convert(of, type);
    throw new Fault(
      span,
      `a value cannot become ${describeType(this.#table, type)}: cast to a pointer, or to an integer`,
    );
  }

  #binary(node: Extract<Node, { kind: "binary" }>): Value {
    const { operator, left, right } = node;
    if (left.kind !== "string" && right.kind !== "string") {
      return binary(this.#table, operator, this.value(left), this.value(right), node);
    }
    const [text, other] = left.kind === "string" ? [left, right] : [right as Extract<Node, { kind: "string" }>, left];
    if ((operator !== "==" && operator !== "!=") || other.kind === "string") {
      throw new Fault(node, 'a text can only be compared, by "==" or "!=", with an array of characters');
    }
    const same = this.#sameText(this.typed(other), text.value, other, text);
    return operator === "==" ? same : { op: "not", of: same, type: int };
  }

  /** The text and the NUL behind it; no NUL where the text fills the whole array. */
  #sameText(of: Typed, text: string, span: Span, textSpan: Span): Value {
    if (!isText(this.#table, of.type)) {
      throw new Fault(
        span,
        `this is of type ${describeType(this.#table, of.type)}, and a text can only be compared with an array of characters`,
      );
    }
    const room = of.type.kind === "array" && of.type.count > 0 ? sizeOf(this.#table, of.type) : MAX_TEXT;
    const whole = Buffer.from(`${text}\0`, "utf8");
    if (whole.length - 1 > Math.min(room, MAX_TEXT)) {
      throw new Fault(
        textSpan,
        `this text has ${whole.length - 1} bytes, and can have ${Math.min(room, MAX_TEXT)} here`,
      );
    }
    const address = asValue(this.#table, of, span);
    return { op: "sameText", address, bytes: whole.subarray(0, Math.min(room, MAX_TEXT)), type: int };
  }
}

function memberSpan({ name, nameAt }: Extract<Node, { kind: "member" }>): Span {
  return { at: nameAt, end: nameAt + name.length };
}

function constant(value: bigint, type: IntegerType): Value {
  return { op: "constant", value, type };
}

/** The first of C's types that holds a literal (C11 6.4.4.1). */
function literalType(value: bigint, isDecimal: boolean, suffix: string): IntegerType {
  const candidates = [int, unsignedInt, long, unsignedLong].filter(({ bytes, isSigned }) => {
    if (suffix.includes("l") && bytes < 8) return false;
    if (suffix.includes("u")) return !isSigned;
    return isSigned || !isDecimal || value >= 1n << 63n;
  });
  const fits = ({ bytes, isSigned }: IntegerType): boolean => {
    const bits = BigInt(bytes * 8 - (isSigned ? 1 : 0));
    return value < 1n << bits && value >= (isSigned ? -(1n << bits) : 0n);
  };
  return candidates.find(fits) ?? unsignedLong;
}
