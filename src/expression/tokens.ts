/** Cuts the text of an expression into tokens. */
import { quote } from "../filter/quote.js";
import { Fault, type Span } from "./fault.js";

/** A token; the last one has the kind "end". */
export type Token = Span &
  (
    | { readonly kind: "number"; readonly value: bigint; readonly isDecimal: boolean; readonly suffix: string }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "name"; readonly text: string }
    | { readonly kind: "symbol"; readonly text: string }
    | { readonly kind: "end" }
  );

const BLANKS = /[ \t\r\n]+/y;
const NAME = /[A-Za-z_]\w*/y;
/** Digits and letters that stick together; whether they are a number is looked at afterwards. */
const NUMBER = /\d[\w.]*/y;
/** The longest come first. */
const SYMBOL = /->|\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%&|^!~<>?:()[\].,=]/y;
const QUOTED = /(["'])((?:\\[^\n]|(?!\1)[^\\\n])*)\1/y;
const INTEGER = /^(?:0x([\da-f]+)|(0[0-7]*)|([1-9]\d*))(u|l{1,2}|ul{1,2}|l{1,2}u)?$/i;
const ESCAPE = /\\(x[\da-f]{1,2}|[0-7]{1,3}|[\s\S])/gi;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"', "'": "'" };
const MAX_INTEGER = (1n << 64n) - 1n;

/** The tokens of a text. @throws Fault */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(BLANKS, text, at)?.[0].length ?? 0;
    if (at >= text.length) break;
    const token = readToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  return [...tokens, { kind: "end", at: text.length, end: text.length }];
}

function readToken(text: string, at: number): Token {
  const name = match(NAME, text, at);
  if (name !== undefined) return { kind: "name", text: name[0], at, end: at + name[0].length };
  const number = match(NUMBER, text, at);
  if (number !== undefined) return readNumber(number[0], { at, end: at + number[0].length });
  const quoted = match(QUOTED, text, at);
  if (quoted !== undefined) return readQuoted(quoted, { at, end: at + quoted[0].length });
  const symbol = match(SYMBOL, text, at);
  if (symbol !== undefined) return { kind: "symbol", text: symbol[0], at, end: at + symbol[0].length };
  const [character = ""] = text.slice(at, at + 2);
  if (character === '"' || character === "'") {
    throw new Fault({ at, end: text.length }, `the quote ${character} is not closed`);
  }
  throw new Fault({ at, end: at + character.length }, `${quote(character)} is no part of an expression`);
}

function readNumber(word: string, span: Span): Token {
  const found = INTEGER.exec(word);
  if (found === null) {
    throw new Fault(span, `${quote(word)} is not a whole number: write it as 1500, 0x5dc or 02734`);
  }
  const [, hex, octal, decimal, suffix = ""] = found;
  const value = BigInt(hex !== undefined ? `0x${hex}` : (decimal ?? `0o${octal}`));
  if (value > MAX_INTEGER) throw new Fault(span, `${quote(word)} does not fit into 64 bits`);
  const short = (/u/i.test(suffix) ? "u" : "") + (/l/i.test(suffix) ? "l" : "");
  return { kind: "number", value, isDecimal: decimal !== undefined, suffix: short, ...span };
}

/** A character between single quotes is its code, an int. */
function readQuoted([, mark, inner = ""]: RegExpExecArray, span: Span): Token {
  const value = inner.replace(ESCAPE, (whole, after: string) => {
    if (/^x[\da-f]/i.test(after)) return String.fromCharCode(Number.parseInt(after.slice(1), 16));
    if (/^[0-7]/.test(after)) return String.fromCharCode(Number.parseInt(after, 8) & 0xff);
    const known = ESCAPED[after];
    if (known === undefined) throw new Fault(span, `${quote(whole)} is no escape of C: use \\n, \\t, \\\\, \\", \\xHH`);
    return known;
  });
  if (mark === '"') return { kind: "string", value, ...span };
  if (value.length !== 1 || value.charCodeAt(0) > 0x7f) {
    throw new Fault(span, `between single quotes stands one ASCII character; a text goes between double quotes`);
  }
  return { kind: "number", value: BigInt(value.charCodeAt(0)), isDecimal: true, suffix: "", ...span };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
