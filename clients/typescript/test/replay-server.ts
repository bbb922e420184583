/** A server that answers calls of Trace from recorded messages. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Server, ServerCredentials, type ServerWritableStream, type sendUnaryData, status } from "@grpc/grpc-js";
import {
  type StopTraceRequest,
  type StopTraceResponse,
  type TraceRequest,
  TraceServiceService,
} from "ipftrace-client/v1/trace_service.js";

/** What one call is answered with. */
export interface Answer {
  readonly messages: readonly Buffer[];
  /** The status at the end; left out: the call stays open until it is stopped or cancelled. */
  readonly status?: keyof typeof status;
}

type Call = ServerWritableStream<TraceRequest, Buffer>;

/** The server, and what it was asked. */
export class ReplayServer {
  readonly target: string;
  readonly requests: TraceRequest[] = [];
  readonly stopped: bigint[] = [];
  /** Calls that the client gave up. */
  cancelled = 0;
  #open: Call | undefined;

  constructor(target: string) {
    this.target = target;
  }

  /** Answers the n-th call with the n-th answer; ends with the test. */
  static async start(context: TestContext, answers: readonly Answer[]): Promise<ReplayServer> {
    const folder = mkdtempSync(join(tmpdir(), "ipf-"));
    const replay = new ReplayServer(`unix:${join(folder, "s.sock")}`);
    const server = new Server();
    const { trace, stopTrace } = TraceServiceService;
    server.addService(
      { trace: { ...trace, responseSerialize: (message: Buffer) => message }, stopTrace },
      {
        trace: (call: Call) => void replay.#answer(call, answers[replay.requests.length]),
        stopTrace: (call: { request: StopTraceRequest }, done: sendUnaryData<StopTraceResponse>) => {
          replay.stopped.push(call.request.traceId);
          replay.#open?.end();
          done(null, {});
        },
      },
    );
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(replay.target, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    context.after(() => {
      server.forceShutdown();
      rmSync(folder, { recursive: true, force: true });
    });
    return replay;
  }

  async #answer(call: Call, answer: Answer | undefined): Promise<void> {
    this.requests.push(call.request);
    call.on("cancelled", () => this.cancelled++);
    const { messages, status: end } = answer ?? { messages: [], status: "INTERNAL" };
    for (const message of messages) await new Promise((resolve) => call.write(message, resolve));
    if (end === "OK") call.end();
    else if (end !== undefined) call.emit("error", { code: status[end], details: `the recording says ${end}` });
    else this.#open = call;
  }
}
