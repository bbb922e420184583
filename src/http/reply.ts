/** How the parts of an answer are written into a response of HTTP. */
import type { ServerResponse } from "node:http";
import type { Metadata } from "@grpc/grpc-js";
import { endEnvelope, envelope } from "./body.js";
import type { Codec } from "./codec.js";
import { type Ended, type Failure, failureOf, headersOf } from "./status.js";

/** One answer; `begin` at most once and first, `end` once and last. */
export interface Reply {
  begin(metadata: Metadata): void;
  /** Writes one message; `done` is called when it has left this process. */
  message(message: unknown, done: () => void): void;
  end(status: Ended): void;
}

/** An error that is the whole answer. */
export function refuse(response: ServerResponse, { error, http, retryAfterS }: Failure): void {
  if (retryAfterS !== undefined) response.setHeader("retry-after", retryAfterS);
  response.writeHead(http, { "content-type": "application/json" }).end(`${JSON.stringify(error)}\n`);
}

/** One message or an error, by the status of HTTP. */
export function unaryReply(response: ServerResponse, codec: Codec): Reply {
  let body: Uint8Array = Buffer.alloc(0);
  return {
    begin: (metadata) => setHeaders(response, metadata),
    message: (message, done) => {
      body = codec.write(message);
      done();
    },
    end: (status) => {
      setHeaders(response, status.metadata);
      const failure = failureOf(status);
      const headers = { "content-type": `application/${codec.name}`, "content-length": body.length };
      if (failure === undefined) response.writeHead(200, headers).end(body);
      else refuse(response, failure);
    },
  };
}

/** Messages in envelopes; how the stream ended is in the last one, whatever the status of HTTP. */
export function connectReply(response: ServerResponse, codec: Codec): Reply {
  const begin = (metadata?: Metadata | null): void => {
    if (response.headersSent) return;
    setHeaders(response, metadata);
    response.writeHead(200, { "content-type": `application/connect+${codec.name}` }).flushHeaders();
  };
  return {
    begin,
    message: (message, done) => {
      begin();
      response.write(envelope(codec.write(message)), flushed(done));
    },
    end: (status) => {
      begin();
      const metadata = Object.entries(headersOf(status.metadata)).map(([key, value]) => [key, [value]]);
      const told = { error: failureOf(status)?.error, metadata: Object.fromEntries(metadata) };
      response.end(endEnvelope(Buffer.from(JSON.stringify(told))));
    },
  };
}

/** Objects, one a line; an error is the status of HTTP, or the last line where others came before. */
export function linesReply(response: ServerResponse, type: string, linesOf: (message: unknown) => string): Reply {
  const begin = (): void => {
    if (!response.headersSent) response.writeHead(200, { "content-type": type }).flushHeaders();
  };
  return {
    // The status of HTTP is not known yet: it waits for the first message.
    begin: (metadata) => setHeaders(response, metadata),
    message: (message, done) => {
      const lines = linesOf(message);
      if (lines !== "") begin();
      if (lines === "") done();
      else response.write(lines, flushed(done));
    },
    end: (status) => {
      const failure = failureOf(status);
      if (!response.headersSent) setHeaders(response, status.metadata);
      if (!response.headersSent && failure !== undefined) {
        refuse(response, failure);
        return;
      }
      begin();
      response.end(failure && `${JSON.stringify({ event: "error", ...failure.error })}\n`);
    },
  };
}

function setHeaders(response: ServerResponse, metadata: Metadata | null | undefined): void {
  for (const [key, value] of Object.entries(headersOf(metadata))) response.setHeader(key, value);
}

/**
 * A write that failed is told by the connection's end. Before the next message everybody else has a turn: one that is
 * made into JSON takes a millisecond of the thread that serves all.
 */
function flushed(done: () => void): (error?: Error | null) => void {
  return (error) => {
    if (!error) setImmediate(done);
  };
}
