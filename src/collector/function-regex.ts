/**
 * The regular expressions by which a request chooses functions.
 *
 * Problem: it comes from remote clients, and a backtracking engine can be kept busy for hours.
 * Choice:  RE2 syntax by the package re2js: time linear in the text, no look-around and no
 *          back-references. It is loaded when it is first needed.
 */
import { IpftraceError } from "../errors.js";
import { quote } from "../filter/quote.js";

/** Whether a function of that name is wanted. */
export type NameMatcher = (name: string) => boolean;

/** Fields of requests that hold one. */
export type RegexField = "function_regex" | "begin_regex";

/** Finds the expression anywhere in a name; every name matches an empty one. @throws IpftraceError INVALID_INPUT */
export async function compileFunctionRegex(text: string, field: RegexField = "function_regex"): Promise<NameMatcher> {
  if (text === "") return () => true;
  const { RE2JS, RE2JSException } = await import("re2js");
  try {
    const regex = RE2JS.compile(text);
    return (name) => regex.test(name);
  } catch (reason) {
    if (!(reason instanceof RE2JSException)) throw reason;
    const description = `${quote(text)} is no regular expression of RE2: ${reason.message}`;
    throw IpftraceError.invalid([{ field, description }]);
  }
}
