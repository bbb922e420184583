/** Lets one call through its interceptors to its handler, as grpc-js does for those that come in by HTTP/2. */
import { Writable } from "node:stream";
import {
  type Metadata,
  type MethodDefinition,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import { toStatus } from "../service/status.js";
import type { Received } from "./http-call.js";
import type { Ended } from "./status.js";

/** A method, and what answers it: a unary handler, or one that is given a stream to write to. */
export interface Handler {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: (call: unknown, callback: UnaryCallback) => void;
}

type UnaryCallback = (error: Ended | null, response?: unknown) => void;

/** Serves the call at the end of the chain. */
export function serveCall(
  base: ServerInterceptingCallInterface,
  interceptors: readonly ServerInterceptor[],
  handler: Handler,
): void {
  const { definition } = handler;
  const call = interceptors.reduce((next, interceptor) => interceptor(definition, next), base);
  let given: { readonly metadata: Metadata; message?: unknown } | undefined;
  let stream: CallStream | undefined;
  call.start({
    onReceiveMetadata: (metadata) => {
      given = { metadata };
      call.startRead();
    },
    onReceiveMessage: (received: Received) => {
      if ("fault" in received) {
        call.sendStatus(toStatus(received.fault));
        return;
      }
      if (given !== undefined) given.message = received.message;
      call.startRead();
    },
    onReceiveHalfClose: () => {
      if (given === undefined) return;
      if (definition.responseStream) stream = serveStream(call, given.metadata, given.message, handler);
      else answer(call, given.metadata, given.message, handler);
    },
    onCancel: () => stream?.cancel(),
  });
}

function answer(
  call: ServerInterceptingCallInterface,
  metadata: Metadata,
  request: unknown,
  { handle }: Handler,
): void {
  handle({ request, metadata }, (error, response) => {
    if (error !== null) call.sendStatus(error);
    else call.sendMessage(response, () => call.sendStatus({ code: status.OK, details: "" }));
  });
}

function serveStream(
  call: ServerInterceptingCallInterface,
  metadata: Metadata,
  request: unknown,
  { handle }: Handler,
): CallStream {
  const stream = new CallStream(call, metadata, request);
  handle(stream, () => {});
  return stream;
}

/** What a streaming handler writes to: what it uses of grpc-js's ServerWritableStream. */
class CallStream extends Writable {
  readonly metadata: Metadata;
  readonly request: unknown;
  cancelled = false;
  readonly #call: ServerInterceptingCallInterface;
  #status: Ended = { code: status.OK, details: "" };

  constructor(call: ServerInterceptingCallInterface, metadata: Metadata, request: unknown) {
    super({ objectMode: true });
    this.#call = call;
    this.metadata = metadata;
    this.request = request;
    // A handler fails by this event: what it has written still goes first.
    this.on("error", (failed: Ended) => {
      this.#status = failed;
      this.end();
    });
  }

  sendMetadata(metadata: Metadata): void {
    this.#call.sendMetadata(metadata);
  }

  /** The caller is gone, or has its status. */
  cancel(): void {
    this.cancelled = true;
    this.emit("cancelled", "cancelled");
    this.destroy();
  }

  override _write(message: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.#call.sendMessage(message, done);
  }

  override _final(done: () => void): void {
    done();
    this.#call.sendStatus(this.#status);
  }
}
