/** Walks through the tokens of an expression. */
import { quote } from "../filter/quote.js";
import { Fault } from "./fault.js";
import type { Token } from "./tokens.js";

/** A place among the tokens. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #next = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  /** A token from here on; behind the last one it stays "end". */
  peek(ahead = 0): Token {
    const { length } = this.#tokens;
    return this.#tokens[Math.min(this.#next + ahead, length - 1)] as Token;
  }

  /** Takes the next token. */
  take(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** Whether a token from here on is a symbol. */
  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "symbol" && token.text === symbol;
  }

  /** Takes the next token where it is one of some symbols. */
  accept<T extends string>(symbols: readonly T[]): T | undefined {
    const token = this.peek();
    const found = token.kind === "symbol" ? symbols.find((symbol) => symbol === token.text) : undefined;
    if (found !== undefined) this.#next++;
    return found;
  }

  /** Takes a symbol that must come; `why` ends the message. Returns where it ends. @throws Fault */
  expect(symbol: string, why: string): number {
    const token = this.peek();
    if (this.accept([symbol]) === undefined) throw this.unexpected(`"${symbol}" ${why}`);
    return token.end;
  }

  /** The next token is not what must come. */
  unexpected(wanted: string): Fault {
    const token = this.peek();
    const found =
      token.kind === "end" ? "the expression ends here" : `${quote(this.#text.slice(token.at, token.end))} stands here`;
    return new Fault(token, `${found}, where ${wanted} is expected`);
  }
}
