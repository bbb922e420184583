/** One request of HTTP: a call, or what is wrong with it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ServerInterceptor } from "@grpc/grpc-js";
import { didYouMean } from "../filter/nearest.js";
import { quote } from "../filter/quote.js";
import { readBody } from "./body.js";
import { HttpCall } from "./http-call.js";
import { refuse } from "./reply.js";
import type { Route } from "./routes.js";
import { serveCall } from "./serve-call.js";
import { allowOrigin, answerPreflight, siteFault } from "./site.js";
import type { Failure } from "./status.js";
import { refusal, type Terms, termsOf } from "./terms.js";

/** Calls of one connection at a time: those behind the first wait for its end, and hold what they have until then. */
const MAX_CALLS = 4;
const calls = new WeakMap<Socket, number>();

/** What requests of one address find. */
export interface Room {
  readonly routes: ReadonlyMap<string, Route>;
  /** Sites whose pages may ask. */
  readonly origins: readonly string[];
  readonly interceptors: readonly ServerInterceptor[];
  /** Whether it is TCP without encryption. */
  readonly isPlain: boolean;
  /** Largest request. */
  readonly maxBytes: number;
}

/** Serves a request. */
export function receive(request: IncomingMessage, response: ServerResponse, room: Room): void {
  // A write that came too late; the call is told of its end by another event.
  response.on("error", () => {});
  // An answer is for who asked, and is what its content type says.
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-content-type-options", "nosniff");
  const found = findCall(request, response, room);
  if (found === "answered") return;
  if ("error" in found) refuse(response, found);
  else serve(request, response, found, room);
}

/** The call that a request is, or what is wrong with it. */
function findCall(
  { headers, url, method, socket }: IncomingMessage,
  response: ServerResponse,
  { routes, origins, isPlain }: Room,
): (Terms & { readonly route: Route }) | Failure | "answered" {
  const fault = siteFault(headers, origins, isPlain);
  if (fault !== undefined) return refusal(403, "permission_denied", fault);
  allowOrigin(response, headers.origin);
  const path = (url ?? "").replace(/\?.*$/s, "");
  const route = routes.get(path);
  if (route === undefined) return unknownPath(path, [...routes.keys()]);
  if (method === "OPTIONS") {
    answerPreflight(response);
    return "answered";
  }
  if (method !== "POST") {
    response.setHeader("allow", "POST");
    return refusal(405, "unimplemented", `${path} is called with POST`);
  }
  if ((calls.get(socket) ?? 0) >= MAX_CALLS) {
    const told = `this connection has ${MAX_CALLS} calls that are not answered yet: wait, or open another connection`;
    return refusal(429, "resource_exhausted", told);
  }
  const terms = termsOf(headers, route);
  return "error" in terms ? terms : { ...terms, route };
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { language, timeoutMs, route }: Terms & { readonly route: Route },
  { interceptors, maxBytes }: Room,
): void {
  const { socket } = request;
  calls.set(socket, (calls.get(socket) ?? 0) + 1);
  response.once("close", () => calls.set(socket, (calls.get(socket) ?? 1) - 1));
  const read = async (): Promise<unknown> => language.read(await readBody(request, maxBytes));
  const reply = language.reply(request, response);
  serveCall(new HttpCall({ request, response, timeoutMs, reply, read }), interceptors, route);
}

/** Connect's clients take 404 for a method that this server does not have. */
function unknownPath(path: string, known: readonly string[]): Failure {
  const near = didYouMean(path, known);
  return refusal(404, "unimplemented", `there is no ${quote(path)}${near}; POST to ${known.join(", ")}`);
}
