import { quote } from "../filter/quote.js";
import { Fault, withCaret } from "./fault.js";

/**
 * libpcap's own words about a pcap expression, with the expression: below them and with a caret, where they
 * name a word that stands in it once.
 */
export function explainPcapFault(expression: string, error: string): string {
  const word =
    /'([^']+)'|"([^"]+)"|illegal token: (\S+)/
      .exec(error)
      ?.slice(1)
      .find((part) => part) ?? "";
  const at = expression.indexOf(word);
  if (word === "" || at < 0 || expression.includes(word, at + 1)) return `${error}: ${quote(expression)}`;
  return withCaret(expression, new Fault({ at, end: at + word.length }, error));
}
