/**
 * Reads an expression: C's syntax and precedence, without assignment, `&` of a place, `*` of a
 * pointer, commas and sizeof.
 *
 * Pure text: whether a name or a member exists is found out in resolve.ts.
 */
import { Fault, type Span } from "./fault.js";
import {
  type BinaryOperator,
  binaryLevels,
  MAX_DEPTH,
  MAX_LENGTH,
  type Node,
  type TypeName,
  unaryOperators,
} from "./syntax.js";
import { TokenReader } from "./token-reader.js";
import { tokenize } from "./tokens.js";
import { isBasic, isIntegerTypedef, isQualifier, tagOf } from "./type-words.js";

/** @throws Fault */
export function parse(text: string): Node {
  if (text.length > MAX_LENGTH) {
    const description = `the expression has ${text.length} characters: give ${MAX_LENGTH} at most`;
    throw new Fault({ at: MAX_LENGTH, end: MAX_LENGTH + 1 }, description);
  }
  return parseTrusted(text);
}

/** As {@link parse}, for a text of our own, which may be longer. @throws Fault */
export function parseTrusted(text: string): Node {
  const tokens = tokenize(text);
  if (tokens.length === 1)
    throw new Fault({ at: 0, end: 1 }, "the expression is empty: write one such as skb->len > 100");
  return new Parser(new TokenReader(text, tokens)).whole();
}

class Parser {
  readonly #reader: TokenReader;
  #depth = 0;

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#reader.isSymbol("="))
      throw new Fault(this.#reader.peek(), 'nothing can be assigned: to compare, write "=="');
    if (this.#reader.peek().kind !== "end") throw this.#reader.unexpected("an operator or the end");
    return node;
  }

  /** `condition ? then : no`, the loosest of all. */
  #choice(): Node {
    return this.#nested(() => {
      const condition = this.#binary(0);
      if (this.#reader.accept(["?"]) === undefined) return condition;
      const yes = this.#choice();
      this.#reader.expect(":", 'of "?"');
      const no = this.#choice();
      return { kind: "choice", condition, yes, no, at: condition.at, end: no.end };
    });
  }

  #binary(level: number): Node {
    const operators: readonly BinaryOperator[] | undefined = binaryLevels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#reader.accept(operators);
      if (operator === undefined) return left;
      const right = this.#binary(level + 1);
      left = { kind: "binary", operator, left, right, at: left.at, end: right.end };
    }
  }

  #unary(): Node {
    const { at } = this.#reader.peek();
    const operator = this.#reader.accept(unaryOperators);
    if (operator !== undefined) {
      const of = this.#nested(() => this.#unary());
      return { kind: "unary", operator, of, at, end: of.end };
    }
    if (!this.#isCast()) return this.#postfix();
    this.#reader.take();
    const type = this.#typeName();
    this.#reader.expect(")", "behind the type");
    const of = this.#nested(() => this.#unary());
    return { kind: "cast", type, of, at, end: of.end };
  }

  /** `(name *…` can be nothing but a cast: a product has an operand behind its operator. */
  #isCast(): boolean {
    const reader = this.#reader;
    const word = reader.peek(1);
    if (!reader.isSymbol("(") || word.kind !== "name") return false;
    if (tagOf(word.text) !== undefined || isBasic(word.text) || isQualifier(word.text)) return true;
    if (reader.isSymbol(")", 2)) return isIntegerTypedef(word.text);
    let ahead = 2;
    while (reader.isSymbol("*", ahead)) ahead++;
    return ahead > 2 && reader.isSymbol(")", ahead);
  }

  #typeName(): TypeName {
    const words: string[] = [];
    let tag: TypeName["tag"];
    for (let token = this.#reader.peek(); token.kind === "name"; token = this.#reader.peek()) {
      this.#reader.take();
      if (isQualifier(token.text)) continue;
      if (words.length === 0 && tag === undefined && tagOf(token.text) !== undefined) tag = tagOf(token.text);
      else words.push(token.text);
    }
    if (words.length === 0) throw this.#reader.unexpected("the name of a type");
    let pointers = 0;
    while (this.#reader.accept(["*"]) !== undefined) pointers++;
    return { tag, name: words.join(" "), pointers };
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      const symbol = this.#reader.accept(["->", ".", "["]);
      if (symbol === undefined) return node;
      node = symbol === "[" ? this.#index(node) : this.#member(node, symbol === "->");
    }
  }

  #member(of: Node, arrow: boolean): Node {
    const token = this.#reader.peek();
    if (token.kind !== "name") throw this.#reader.unexpected("the name of a member");
    this.#reader.take();
    return { kind: "member", of, name: token.text, nameAt: token.at, arrow, at: of.at, end: token.end };
  }

  #index(of: Node): Node {
    const index = this.#choice();
    const end = this.#reader.expect("]", "behind the index");
    return { kind: "index", of, index, at: of.at, end };
  }

  #primary(): Node {
    const token = this.#reader.peek();
    const { at, end } = token;
    switch (token.kind) {
      case "number":
      case "string":
        this.#reader.take();
        return token;
      case "name":
        this.#reader.take();
        return this.#reader.isSymbol("(") ? this.#call(token.text, token) : { kind: "name", name: token.text, at, end };
      default:
        return this.#parenthesis();
    }
  }

  #call(name: string, { at }: Span): Node {
    this.#reader.take();
    const operand = this.#choice();
    const end = this.#reader.expect(")", `behind what ${name} is given`);
    return { kind: "call", name, operand, at, end };
  }

  #parenthesis(): Node {
    const { at } = this.#reader.peek();
    if (!this.#reader.isSymbol("(")) throw this.#reader.unexpected("a value, such as skb->len or 1500,");
    this.#reader.take();
    const inner = this.#choice();
    const end = this.#reader.expect(")", 'of "("');
    return { ...inner, at, end };
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      throw new Fault(this.#reader.peek(), `more than ${MAX_DEPTH} levels of parentheses and operators: simplify it`);
    }
    const node = read();
    this.#depth--;
    return node;
  }
}
