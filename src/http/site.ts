/** Which pages of which sites a browser may let in. A browser's user did not choose what a page asks for. */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { quote } from "../filter/quote.js";
import { isLoopback } from "../service/listen.js";

/** How long a browser may remember that it may ask, seconds. */
const PREFLIGHT_MAX_AGE_S = 600;
/** What pages may send and read beside what every page may. */
const SENT_HEADERS = "content-type, connect-protocol-version, connect-timeout-ms, x-request-id, x-user-agent";
const READ_HEADERS = "retry-after, x-request-id";

/** Why a request is not taken; undefined: it is. */
export function siteFault(
  { host, origin }: IncomingHttpHeaders,
  origins: readonly string[],
  isPlain: boolean,
): string | undefined {
  // A name of somebody else's that leads to this machine: the browser takes its page for ours.
  if (isPlain && !isLoopback(hostOf(host ?? ""))) {
    return `the host ${quote(host ?? "")} is not this machine: ask for localhost, 127.0.0.1 or [::1]`;
  }
  if (origin === undefined || origins.includes(origin)) return undefined;
  return `pages of ${quote(origin)} may not ask: its operator allows sites in http.origins of the configuration`;
}

/** Tells the browser that the page may read the answer. */
export function allowOrigin(response: ServerResponse, origin: string | undefined): void {
  response.setHeader("vary", "origin");
  if (origin === undefined) return;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", READ_HEADERS);
}

/** Answers a browser that asks whether a page may ask. */
export function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": SENT_HEADERS,
    "access-control-max-age": String(PREFLIGHT_MAX_AGE_S),
  });
  response.end();
}

function hostOf(host: string): string {
  return host
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
}
