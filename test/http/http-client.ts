import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Door, openDoor } from "../../src/http/door.js";
import { type ListenAddress, parseListenAddress } from "../../src/service/listen.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { LiveServer } from "../service/live-server.js";

/** What is sent. Without more: an empty JSON object, by POST. */
export interface Sent {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** A whole answer. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
  readonly text: string;
}

/** Where a door is. */
export type Place = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** A server with a fake collector, and a way in by HTTP; both are stopped when the test ends. */
export class HttpServer {
  readonly live: LiveServer;
  readonly door: Door;
  readonly place: Place;

  private constructor(live: LiveServer, door: Door, place: Place) {
    this.live = live;
    this.door = door;
    this.place = place;
  }

  /** At a unix socket of this role, or at a port of loopback without encryption. */
  static async start(
    test: TestContext,
    { role = "reader", tcp = false, origins = [] as string[], live = undefined as LiveServer | undefined } = {},
  ): Promise<HttpServer> {
    const server = live ?? (await LiveServer.start(test));
    const socketPath = join(temporaryFolder(test), "http");
    const address: ListenAddress = tcp
      ? parseListenAddress("127.0.0.1:0", { insecure: true })
      : parseListenAddress(`unix:${socketPath}@${role}`);
    const door = await openDoor({ addresses: [address], origins }, server.inside);
    test.after(() => door.stop());
    return new HttpServer(server, door, tcp ? { host: "127.0.0.1", port: door.ports[0] ?? 0 } : { socketPath });
  }

  /** Asks a method; the whole answer. */
  ask(path: string, sent: Sent = {}): Promise<Answer> {
    return ask(this.place, path, sent);
  }

  /** Asks for a trace in JSON lines: as soon as it runs. */
  async trace(body: object = {}): Promise<LineStream> {
    const stream = await LineStream.open(this.place, body);
    await stream.received(1);
    return stream;
  }
}

/** Sends a request; the answer's head has come. */
export async function send(place: Place, path: string, sent: Sent = {}): Promise<[ClientRequest, IncomingMessage]> {
  const { method = "POST", headers = { "content-type": "application/json" }, body = "{}" } = sent;
  const out = request({ ...place, path, method, headers, agent: false });
  out.end(body);
  const [answer] = (await once(out, "response")) as [IncomingMessage];
  // Whoever leaves tells so by its own end.
  out.on("error", () => {});
  return [out, answer];
}

/** Sends a request; the whole answer. */
export async function ask(place: Place, path: string, sent: Sent = {}): Promise<Answer> {
  const [, answer] = await send(place, path, sent);
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return { status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString() };
}

/** A Trace call that is answered with JSON lines. */
export class LineStream {
  readonly request: ClientRequest;
  readonly answer: IncomingMessage;
  /** Resolves when everything has come, or the connection is broken. */
  readonly ended: Promise<void>;
  #text = "";
  readonly #waiting: (() => void)[] = [];

  private constructor(request: ClientRequest, answer: IncomingMessage) {
    this.request = request;
    this.answer = answer;
    // Not once(), which takes a connection that breaks for an error.
    this.ended = new Promise((resolve) => answer.once("close", () => resolve()));
    answer.on("error", () => {});
    answer.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  static async open(place: Place, body: object): Promise<LineStream> {
    const [request, answer] = await send(place, "/ipftrace.v1.TraceService/Trace", {
      body: JSON.stringify(body),
      headers: {
        "content-type": "application/json",
        accept: "application/jsonl",
      },
    });
    return new LineStream(request, answer);
  }

  /** What has come. */
  get lines(): string[] {
    return this.#text.split("\n").slice(0, -1);
  }

  /** The same, read; only lines that are not journeys have `event`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect.
  get objects(): any[] {
    return this.lines.map((line) => JSON.parse(line));
  }

  /** Kinds of the lines. */
  get kinds(): string[] {
    return this.objects.map(({ event }) => event ?? "journey");
  }

  /** Resolves when so many lines have come. */
  async received(count: number): Promise<void> {
    while (this.lines.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
