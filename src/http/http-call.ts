/** A call that came in by HTTP, as interceptors and handlers of gRPC see one. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { Metadata, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { toStatus } from "../service/status.js";
import type { Reply } from "./reply.js";
import type { Ended } from "./status.js";

/** As grpc-js passes to those who listen. */
type Listener = Parameters<ServerInterceptingCallInterface["start"]>[0];

/** What comes in and where the answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the caller, milliseconds; undefined: none. */
  readonly timeoutMs: number | undefined;
  readonly reply: Reply;
  /** Reads the request's message. Asked once, after the call has been let in. */
  readonly read: () => Promise<unknown>;
}

/** A request's message, or why there is none: told to whoever handles the call, so that all see how it ends. */
export type Received = { readonly message: unknown } | { readonly fault: unknown };

/**
 * The end of the chain of interceptors that grpc-js has in BaseServerInterceptingCall, in the same order of events:
 * whoever waits for the end of a call is told by `onCancel`, also after its status.
 */
export class HttpCall implements ServerInterceptingCallInterface {
  readonly #exchange: Exchange;
  /** Kept: a request that is over has none. */
  readonly #socket: Socket;
  readonly #deadline: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #listener: Listener | undefined;
  #reading: "not yet" | "message" | "half-close" = "not yet";
  #isOver = false;

  readonly #gone = (): void => this.#end();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    const { timeoutMs, request, response } = exchange;
    this.#socket = request.socket;
    this.#deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
    if (timeoutMs !== undefined) this.#timer = setTimeout(() => this.#late(), timeoutMs);
    response.once("close", this.#gone);
    // An answer that waits for another one's end is told nothing when their connection ends.
    this.#socket.once("close", this.#gone);
  }

  start(listener: Listener): void {
    this.#listener = listener;
    const { headers } = this.#exchange.request;
    const metadata = new Metadata();
    const id = headers["x-request-id"];
    if (typeof id === "string") metadata.set("x-request-id", id);
    listener.onReceiveMetadata(metadata);
  }

  startRead(): void {
    if (this.#isOver || this.#reading === "half-close") return;
    if (this.#reading === "message") {
      this.#reading = "half-close";
      this.#listener?.onReceiveHalfClose();
      return;
    }
    this.#reading = "message";
    const received = (one: Received): void => {
      if (!this.#isOver) this.#listener?.onReceiveMessage(one);
    };
    this.#exchange
      .read()
      .then(
        (message) => received({ message }),
        (fault: unknown) => received({ fault }),
      )
      // Whoever handles it: a call is always answered.
      .catch((reason: unknown) => this.sendStatus(toStatus(reason)));
  }

  sendMetadata(metadata: Metadata): void {
    if (!this.#isOver) this.#exchange.reply.begin(metadata);
  }

  sendMessage(message: unknown, callback: () => void): void {
    if (this.#isOver) return;
    try {
      this.#exchange.reply.message(message, callback);
    } catch (reason) {
      this.sendStatus(toStatus(reason));
    }
  }

  sendStatus(sent: Ended): void {
    if (this.#isOver) return;
    const { request, response, reply } = this.#exchange;
    // What nobody has read would be taken for the next request, or be read for nothing.
    if (!request.complete && !response.headersSent) response.setHeader("connection", "close");
    reply.end(sent);
    this.#end();
  }

  #late(): void {
    this.sendStatus({ code: status.DEADLINE_EXCEEDED, details: "the time that the client gave is over" });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.off("close", this.#gone);
    process.nextTick(() => this.#listener?.onCancel());
  }

  getPeer(): string {
    const { remoteAddress, remotePort } = this.#socket;
    return remoteAddress === undefined ? "unknown" : `${remoteAddress}:${remotePort}`;
  }

  getDeadline(): number {
    return this.#deadline;
  }

  getHost(): string {
    return this.#exchange.request.headers.host ?? "";
  }

  getAuthContext(): ReturnType<ServerInterceptingCallInterface["getAuthContext"]> {
    const socket = this.#socket;
    if (!(socket instanceof TLSSocket) || !socket.authorized) return {};
    const certificate = socket.getPeerCertificate();
    // Node gives an empty object where there is none.
    return certificate.raw === undefined
      ? { transportSecurityType: "ssl" }
      : { transportSecurityType: "ssl", sslPeerCertificate: certificate };
  }

  getConnectionInfo(): ReturnType<ServerInterceptingCallInterface["getConnectionInfo"]> {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket;
    return { localAddress, localPort, remoteAddress, remotePort };
  }

  getMetricsRecorder(): never {
    throw new Error("nothing of calls by HTTP is recorded here");
  }
}
