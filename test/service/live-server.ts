import { connect, createServer } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Client, type ClientReadableStream, credentials, Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { SessionServiceClient } from "../../src/gen/ipftrace/v1/session_service.js";
import {
  TraceOptions,
  TraceRequest,
  type TraceResponse,
  TraceServiceClient,
} from "../../src/gen/ipftrace/v1/trace_service.js";
import { makeLogger } from "../../src/log.js";
import type { Figures, Happenings } from "../../src/metrics/sources.js";
import { parseListenAddress } from "../../src/service/listen.js";
import { type Inside, type RunningServer, startServer } from "../../src/service/server.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { FakeCollector, type FakeTrace } from "./fake-collector.js";

/** A Trace call as its client sees it. */
export class TracedCall {
  readonly call: ClientReadableStream<TraceResponse>;
  readonly responses: TraceResponse[] = [];
  /** The status with which the call ended. */
  readonly ended: Promise<StatusObject>;
  /** When the server's headers have come. */
  readonly headers: Promise<unknown>;
  readonly #waiting: (() => void)[] = [];
  readonly #client: TraceServiceClient;

  constructor(client: TraceServiceClient, request: Partial<TraceRequest> = {}) {
    this.#client = client;
    this.call = client.trace({ ...TraceRequest.fromPartial({}), ...request });
    this.ended = new Promise((resolve) => this.call.on("status", resolve));
    this.headers = new Promise((resolve) => this.call.once("metadata", resolve));
    // The status tells what the error would; without a listener it would end the process.
    this.call.on("error", () => {});
    this.call.on("data", (response: TraceResponse) => {
      this.responses.push(response);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Ends it by StopTrace; its status. */
  async stop(): Promise<StatusObject> {
    this.#client.stopTrace({ traceId: await this.traceId() }, () => {});
    return this.ended;
  }

  /** Resolves when so many messages have come. */
  async received(count: number): Promise<void> {
    while (this.responses.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** TraceStarted.trace_id. */
  async traceId(): Promise<bigint> {
    await this.received(1);
    const event = this.responses[0]?.event;
    if (event?.$case !== "started") throw new Error(`the first message is ${event?.$case}`);
    return event.value.traceId;
  }

  /** Kinds of the messages in their order. */
  get kinds(): (string | undefined)[] {
    return this.responses.map(({ event }) => event?.$case);
  }

  /** Numbers of all journeys that came. */
  get journeyIds(): number[] {
    return this.responses.flatMap(({ event }) =>
      event?.$case === "batch" ? event.value.journeys.map(({ journeyId }) => Number(journeyId)) : [],
    );
  }
}

/** A server with a fake collector on a socket of its own; stopped when the test ends. */
export class LiveServer {
  readonly collector = new FakeCollector();
  readonly #clients: Client[] = [];
  readonly #path: string;
  readonly #test: TestContext;
  #server: RunningServer | undefined;
  #asked = 1000;

  private constructor(test: TestContext, path: string) {
    this.#test = test;
    this.#path = path;
  }

  /** `settings` come behind the address, such as `@operator`. */
  static async start(
    test: TestContext,
    drainMs = 2000,
    settings = "",
    happenings?: Happenings,
    log = makeLogger("silent"),
  ): Promise<LiveServer> {
    const live = new LiveServer(test, join(temporaryFolder(test), "s"));
    const address = parseListenAddress(`${live.target}${settings}`);
    live.#server = await startServer([address], log, {
      collector: live.collector,
      drainMs,
      happenings,
    });
    test.after(async () => {
      for (const client of live.#clients) client.close();
      await live.stop();
    });
    return live;
  }

  /** Its address. */
  get target(): string {
    return `unix:${this.#path}`;
  }

  /** What lets the same calls in by another protocol. */
  get inside(): Inside {
    if (this.#server === undefined) throw new Error("the server has been stopped");
    return this.#server.inside;
  }

  /** The server in numbers. */
  figures(): Figures {
    if (this.#server === undefined) throw new Error("the server has been stopped");
    return this.#server.figures();
  }

  /** Stops the server; safe to call twice. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop();
  }

  /** A client with a connection of its own. */
  client(path = this.#path): TraceServiceClient {
    // Without this option all clients of a process share one connection.
    const client = new TraceServiceClient(`unix:${path}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client of the sessions, with a connection of its own. */
  sessionClient(): SessionServiceClient {
    const client = new SessionServiceClient(`unix:${this.#path}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client whose connection breaks when `cut` is called, as when its machine is switched off. */
  async fragileClient(): Promise<{ client: TraceServiceClient; cut: () => void }> {
    const path = `${this.#path}.proxy`;
    const sockets: { destroy(): void }[] = [];
    const proxy = createServer((near) => {
      const far = connect(this.#path);
      sockets.push(near, far);
      for (const socket of [near, far]) socket.on("error", () => {});
      near.pipe(far).pipe(near);
    });
    this.#test.after(() => proxy.close());
    await new Promise<void>((resolve) => proxy.listen(path, resolve));
    const cut = (): void => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    };
    return { client: this.client(path), cut };
  }

  /** A call whose trace runs, and that trace: one that no other call asks for. */
  async trace(request: Partial<TraceRequest> = {}, client = this.client()): Promise<[TracedCall, FakeTrace]> {
    const next = this.collector.nextTrace();
    const options = { ...TraceOptions.fromPartial({}), ...request.options, idleTimeoutMs: ++this.#asked };
    const call = new TracedCall(client, { ...request, options });
    const trace = await next;
    return [call, trace];
  }

  /** What grpc.health.v1.Health says of a service: the name of its status. */
  health(name: string): Promise<string> {
    const client = new Client(`unix:${this.#path}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    this.#clients.push(client);
    const check = healthService["Check"];
    if (check === undefined) throw new Error("grpc-health-check has no Check");
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest<object, { status?: string }>(
        check.path,
        check.requestSerialize,
        check.responseDeserialize as (bytes: Buffer) => { status?: string },
        { service: name },
        new Metadata(),
        (error, response) => (error ? reject(error) : resolve(response?.status ?? "")),
      );
    });
  }
}

/** The status of a unary call: OK when it was answered. */
export function statusOf(call: (done: (error: { code: status; details: string } | null) => void) => unknown) {
  return new Promise<{ code: status; details: string }>((resolve) => {
    call((error) => resolve(error ?? { code: status.OK, details: "" }));
  });
}
