/** Which paths there are, and how the body of a request says what its sender speaks. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { DescMethod } from "@bufbuild/protobuf";
import { renderEventJson } from "../client/event-json.js";
import { eventReader } from "../client/events.js";
import { TraceResponse } from "../gen/ipftrace/v1/trace_service.js";
import type { ServedService } from "../service/server.js";
import { openEnvelope } from "./body.js";
import { binaryCodec, jsonCodec } from "./codec.js";
import { contractRegistry, methodAt } from "./contract.js";
import { connectReply, linesReply, type Reply, unaryReply } from "./reply.js";
import type { Handler } from "./serve-call.js";

/** A method that can be called. */
export interface Route extends Handler {
  /** By the content types of requests. */
  readonly languages: ReadonlyMap<string, Language>;
}

/** How a request is read and answered. */
export interface Language {
  readonly read: (body: Buffer) => unknown;
  readonly reply: (request: IncomingMessage, response: ServerResponse) => Reply;
}

/** All methods of the services, by path. */
export function routesOf(services: readonly ServedService[]): ReadonlyMap<string, Route> {
  const registry = contractRegistry();
  return new Map(
    services.flatMap(({ definition, implementation }) =>
      Object.entries(definition).map(([name, method]): [string, Route] => {
        const handle = implementation[name] as Handler["handle"];
        return [method.path, routeOf({ definition: method, handle }, methodAt(registry, method.path))];
      }),
    ),
  );
}

function routeOf(handler: Handler, method: DescMethod): Route {
  const languages = handler.definition.responseStream ? streaming(handler, method) : unary(handler, method);
  return { ...handler, languages: new Map(languages) };
}

function unary({ definition }: Handler, method: DescMethod): [string, Language][] {
  return [jsonCodec(definition, method), binaryCodec(definition, method)].map((codec) => [
    `application/${codec.name}`,
    { read: codec.read, reply: (_, response) => unaryReply(response, codec) },
  ]);
}

function streaming({ definition }: Handler, method: DescMethod): [string, Language][] {
  const json = jsonCodec(definition, method);
  const connect = [json, binaryCodec(definition, method)].map((codec): [string, Language] => [
    `application/connect+${codec.name}`,
    { read: (body) => codec.read(openEnvelope(body)), reply: (_, response) => connectReply(response, codec) },
  ]);
  const lines: Language = {
    read: json.read,
    reply: ({ headers }, response) => linesReply(response, linesType(headers.accept), traceLines()),
  };
  return [...connect, ["application/json", lines]];
}

/** Two names of the same: the older one for whoever asks for it. */
function linesType(accept = ""): string {
  return accept.includes("application/x-ndjson") ? "application/x-ndjson" : "application/jsonl";
}

/** What the command line prints of the messages of one trace, and the events for which it has other words. */
function traceLines(): (message: unknown) => string {
  const reader = eventReader();
  return (message) =>
    reader
      .read(TraceResponse.decode(message as Buffer))
      .map(renderEventJson)
      .join("");
}
