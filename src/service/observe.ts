/** Sees every call of every service, from its beginning to its end. */
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import type { Logger } from "../log.js";
import type { EndedCall } from "../metrics/sources.js";
import { REQUEST_ID, requestIdOf } from "../security/request-id.js";

/**
 * An interceptor that gives every call its id, and tells of its end. It belongs next to the
 * transport, before whatever may refuse a call.
 */
export function observer(log: Logger, ended: (call: EndedCall) => void): ServerInterceptor {
  return ({ path }, call) => new ObservedCall(path, call, log, ended).intercepting;
}

/** One call. */
class ObservedCall {
  readonly intercepting: ServerInterceptingCall;
  readonly #startedMs = performance.now();
  readonly #path: string;
  readonly #log: Logger;
  readonly #ended: (call: EndedCall) => void;
  #requestId = "";
  #hasSentMetadata = false;
  #isOver = false;

  constructor(path: string, call: ServerInterceptingCallInterface, log: Logger, ended: (call: EndedCall) => void) {
    this.#path = path;
    this.#log = log;
    this.#ended = ended;
    this.intercepting = new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            this.#requestId = requestIdOf(metadata);
            // For whoever comes behind: it is well-formed now.
            metadata.set(REQUEST_ID, this.#requestId);
            pass(metadata);
          },
          onCancel: () => this.#end(isLate(call) ? status.DEADLINE_EXCEEDED : status.CANCELLED),
        }),
      sendMetadata: (metadata, next) => {
        this.#hasSentMetadata = true;
        next(this.#withId(metadata));
      },
      sendStatus: (sent, next) => {
        this.#end(sent.code ?? status.UNKNOWN);
        next(this.#hasSentMetadata ? sent : { ...sent, metadata: this.#withId(sent.metadata) });
      },
    });
  }

  #withId(metadata: Metadata | null | undefined): Metadata {
    const told = metadata ?? new Metadata();
    told.set(REQUEST_ID, this.#requestId);
    return told;
  }

  /** grpc-js tells of a cancelled call also after its status: the first counts. */
  #end(code: status): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ended = { method: this.#path, code: status[code], seconds: (performance.now() - this.#startedMs) / 1000 };
    this.#ended(ended);
    const level = code === status.INTERNAL || code === status.UNKNOWN ? "error" : "debug";
    this.#log[level]({ requestId: this.#requestId, ...ended }, "call ended");
  }
}

/** The client's own timer runs out first, by the time that its request was on its way: it cancels. */
const ON_ITS_WAY_MS = 100;

function isLate(call: ServerInterceptingCallInterface): boolean {
  const deadline = call.getDeadline();
  return Number(deadline instanceof Date ? deadline.getTime() : deadline) <= Date.now() + ON_ITS_WAY_MS;
}
