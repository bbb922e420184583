/** What is wrong with an expression, and where. */

/** Most characters of an expression that a message shows around the place. */
const SHOWN = 72;

/** A part of an expression's text, in characters from its start. */
export interface Span {
  readonly at: number;
  /** The first character behind it. */
  readonly end: number;
}

/** Thrown while an expression is read; {@link understand} turns it into a message. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly span: Span;
  /** The expression may be right, and this kernel lacks something that it names. */
  readonly isLack: boolean;

  constructor(span: Span, message: string, isLack = false) {
    super(message);
    this.span = span;
    this.isLack = isLack;
  }
}

/**
 * The fault's message, the column from 1, and below them the expression with a caret under the place:
 *
 *     struct net_device has no member "mtuu" (did you mean "mtu"?), at column 11
 *       skb->dev->mtuu == 1500
 *                 ^^^^
 */
export function withCaret(text: string, { message, span }: Fault): string {
  const from = Math.max(0, Math.min(span.at - SHOWN / 2, text.length - SHOWN));
  const to = from + SHOWN;
  const before = from > 0 ? "…" : "";
  const line = before + onOneLine(text.slice(from, to)) + (to < text.length ? "…" : "");
  const marks = "^".repeat(Math.max(1, Math.min(span.end, to) - span.at));
  return `${message}, at column ${span.at + 1}\n  ${line}\n  ${" ".repeat(before.length + span.at - from)}${marks}`;
}

/** Every control character takes the place of one blank, so that the caret stays where it belongs. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");
}
