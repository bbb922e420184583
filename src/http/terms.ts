/** What the headers of a request say of how to serve it. */
import type { IncomingHttpHeaders } from "node:http";
import { quote } from "../filter/quote.js";
import type { Language, Route } from "./routes.js";
import type { Failure } from "./status.js";

/** The longest time of setTimeout: 24 days, which stand for longer ones. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How a request is to be served. */
export interface Terms {
  readonly language: Language;
  /** Of the caller, milliseconds; undefined: none. */
  readonly timeoutMs: number | undefined;
}

/** Reads them, or says why the request cannot be served. */
export function termsOf(headers: IncomingHttpHeaders, { languages }: Pick<Route, "languages">): Terms | Failure {
  const type = (headers["content-type"] ?? "").replace(/;.*$/s, "").trim().toLowerCase();
  const language = languages.get(type);
  if (language === undefined) {
    const accepted = [...languages.keys()].join(", ");
    return refusal(
      415,
      "invalid_argument",
      `the content type ${quote(type)} is not read here: accepted are ${accepted}`,
    );
  }
  const encoding = headers["content-encoding"] ?? headers["connect-content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    const told = `the encoding ${quote(String(encoding))} is not read here: send the body as it is (identity)`;
    return refusal(501, "unimplemented", told);
  }
  const version = headers["connect-protocol-version"] ?? "1";
  if (version === "1") return withTimeout(language, headers["connect-timeout-ms"]);
  return refusal(400, "invalid_argument", `Connect-Protocol-Version is ${quote(String(version))}: accepted is 1`);
}

function withTimeout(language: Language, given: string | string[] | undefined): Terms | Failure {
  if (given === undefined) return { language, timeoutMs: undefined };
  if (typeof given === "string" && /^\d{1,10}$/.test(given)) {
    return { language, timeoutMs: Math.min(Number(given), MAX_TIMER_MS) };
  }
  return refusal(
    400,
    "invalid_argument",
    `Connect-Timeout-Ms is ${quote(String(given))}: accepted are up to 10 digits`,
  );
}

/** What is refused before it is a call. */
export function refusal(http: number, code: string, message: string): Failure {
  return { error: { code, message }, http, retryAfterS: undefined };
}
