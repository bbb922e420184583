/** Starts server-main.ts, and asks it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type ChannelOptions, Client, credentials } from "@grpc/grpc-js";
import { SessionServiceClient } from "../../src/gen/ipftrace/v1/session_service.js";
import { TraceServiceClient } from "../../src/gen/ipftrace/v1/trace_service.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import type { Question, State } from "./server-main.js";

const MAIN = fileURLToPath(new URL("server-main.ts", import.meta.url));

/** A server in a process of its own; ended with the test. */
export class ServerProcess {
  /** Where it listens. */
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #clients: Client[] = [];
  readonly #ended: Promise<never>;

  private constructor(path: string, child: ChildProcess) {
    this.path = path;
    this.#child = child;
    this.#ended = new Promise((_, reject) => {
      child.once("exit", (code, signal) => reject(new Error(`the server has ended: ${code ?? signal}`)));
    });
    this.#ended.catch(() => {});
  }

  static async start(test: TestContext): Promise<ServerProcess> {
    const path = join(temporaryFolder(test), "s");
    const child = fork(MAIN, [path], { execArgv: ["--expose-gc", "--import", "tsx"] });
    const server = new ServerProcess(path, child);
    test.after(() => {
      for (const client of server.#clients) client.close();
      child.kill("SIGKILL");
    });
    await server.#answer();
    return server;
  }

  async #answer(): Promise<State> {
    const [state] = (await Promise.race([once(this.#child, "message"), this.#ended])) as [State];
    return state;
  }

  /** What it costs now, and what it runs. @throws when it has ended */
  state(): Promise<State> {
    return this.#ask({ type: "state" });
  }

  /** See {@link Question}. */
  flood(batchBytes: number, batchesPerSecond: number): Promise<State> {
    return this.#ask({ type: "flood", batchBytes, batchesPerSecond });
  }

  #ask(question: Question): Promise<State> {
    const answer = this.#answer();
    if (this.#child.connected) this.#child.send(question);
    return answer;
  }

  /** Ends it in good order; its exit status. */
  async stop(): Promise<number | null> {
    const exited = once(this.#child, "exit");
    this.#child.send({ type: "stop" } satisfies Question);
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** A client with a connection of its own. */
  client(options: ChannelOptions = {}): TraceServiceClient {
    return this.#keep(new TraceServiceClient(`unix:${this.path}`, credentials.createInsecure(), own(options)));
  }

  /** The same for sessions. */
  sessionClient(): SessionServiceClient {
    return this.#keep(new SessionServiceClient(`unix:${this.path}`, credentials.createInsecure(), own({})));
  }

  /** The same, which sends bytes. */
  rawClient(): Client {
    return this.#keep(new Client(`unix:${this.path}`, credentials.createInsecure(), own({})));
  }

  #keep<C extends Client>(client: C): C {
    this.#clients.push(client);
    return client;
  }
}

/** Without this option all clients of a process share one connection. */
function own(options: ChannelOptions): ChannelOptions {
  return { "grpc.use_local_subchannel_pool": 1, ...options };
}
