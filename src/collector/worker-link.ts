/** The way to the worker thread: starts it when it is first needed, matches answers with questions. */
import type { EventLoopUtilization } from "node:perf_hooks";
import type { Worker } from "node:worker_threads";
import { codes, IpftraceError } from "../errors.js";
import type { CollectorSettings, Reply, Request } from "./messages.js";
import { spawnWorker } from "./spawn.js";

/** What comes unasked. */
export interface LinkEvents {
  /** A reply that nobody waits for: something that a trace tells. */
  told(reply: Reply): void;
  /** A request of this number failed that nobody waits for: a trace. */
  failed(id: number, error: Error): void;
  /** The worker has ended. */
  ended(error: Error, isAsked: boolean): void;
}

/** What is answered, without its number. */
type Question = DistributedOmit<Exclude<Request, { type: "close" | "rehearse" | "totals" | "warm" }>, "id">;
type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;
/** A reply of one type. */
type ReplyOf<T extends Reply["type"]> = Extract<Reply, { type: T }>;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** The link of one collector. */
export class WorkerLink {
  readonly #settings: CollectorSettings;
  readonly #events: LinkEvents;
  #worker: Worker | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();
  #isClosing = false;
  #utilization: EventLoopUtilization | undefined;

  constructor(settings: CollectorSettings, events: LinkEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** A number that no request has had. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** The answer to a question, which is a reply of this type. @throws IpftraceError as the worker did */
  async ask<T extends Reply["type"]>(type: T, question: Question, id = this.nextId()): Promise<ReplyOf<T>> {
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.post({ ...question, id } as Request);
    });
    if (reply.type !== type) throw new Error(`the collector answered ${reply.type} to ${question.type}`);
    return reply as ReplyOf<T>;
  }

  /** Says something that is not answered. */
  post(request: Request): void {
    this.#worker ??= this.#spawn();
    this.#worker.postMessage(request);
  }

  /** Resolves when the worker answers; at once while there is none, or when it ends. */
  async ping(): Promise<void> {
    if (this.#worker === undefined) return;
    // Whoever ends it is told otherwise.
    await this.ask("pong", { type: "ping" }).catch(() => {});
  }

  /** Share of the time since it was asked last, 0 to 1, in which the worker was busy. */
  utilization(): number {
    const worker = this.#worker;
    if (worker === undefined) return 0;
    const now = worker.performance.eventLoopUtilization();
    const before = this.#utilization;
    this.#utilization = now;
    return worker.performance.eventLoopUtilization(now, before).utilization;
  }

  /** Ends the worker, and what it does. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.post({ type: "close" });
    await exited;
  }

  #spawn(): Worker {
    const worker = spawnWorker(this.#settings);
    worker.on("message", (reply: Reply) => this.#receive(reply));
    const ended = (cause: Error): void => {
      // After an error its exit comes, when there may be another one already.
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#utilization = undefined;
      for (const { reject } of this.#waiting.values()) reject(cause);
      this.#waiting.clear();
      this.#events.ended(cause, this.#isClosing);
    };
    worker.on("error", (error) => ended(asOurs(error)));
    worker.on("exit", () => ended(new IpftraceError("UNAVAILABLE", "the collector has ended")));
    return worker;
  }

  /** What a trace tells has the number of the question that started it, which is answered by then, or not yet. */
  #receive(reply: Reply): void {
    if (reply.type === "failed") this.#fail(reply);
    else if (isTold(reply)) this.#events.told(reply);
    else {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
    }
  }

  #fail({ id, failure }: ReplyOf<"failed">): void {
    const { code, message, violations } = failure;
    const error = code === undefined ? new Error(message) : new IpftraceError(code, message, { violations });
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting === undefined) this.#events.failed(id, error);
    else waiting.reject(error);
  }
}

const TOLD: readonly Reply["type"][] = ["batch", "dictionary", "progress", "totals", "overBudget"];

function isTold({ type }: Reply): boolean {
  return TOLD.includes(type);
}

/** Codes of Node.js for a worker that something ran out for. */
const EXHAUSTED: readonly unknown[] = ["ERR_WORKER_INIT_FAILED", "ERR_WORKER_OUT_OF_MEMORY"];

/** An error that ended the worker: on its way to this thread it lost its class, but not its properties. */
function asOurs(error: Error & { code?: unknown }): Error {
  const code = EXHAUSTED.includes(error.code) ? "UNAVAILABLE" : codes.find((one) => one === error.code);
  return code === undefined ? error : new IpftraceError(code, error.message, { cause: error });
}
