/** A trace whose messages are kept as the bytes that came: decoding them is for the host, which is faster. */
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { TraceResponse, TraceServiceService } from "../../../src/gen/ipftrace/v1/trace_service.js";
import { SIZE_BYTES } from "./plan.js";

const { trace, stopTrace, getNode } = TraceServiceService;
const asIs = (bytes: Buffer): Buffer => bytes;

/** A client of the server at this address. */
export function traceClient(target: string): Client {
  return new Client(target, credentials.createInsecure());
}

/** GetNodeResponse, as it came. */
export function nodeBytes(client: Client): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(getNode.path, asIs, asIs, Buffer.alloc(0), (error, bytes) =>
      bytes === undefined ? reject(error) : resolve(bytes),
    );
  });
}

/** One trace, from its request to its end. */
export class RawTrace {
  /** Resolves when TraceStarted has come. */
  readonly started: Promise<void>;
  readonly #ended: Promise<void>;
  readonly #client: Client;
  readonly #messages: Buffer[] = [];
  #traceId = 0n;

  /** `request` is an encoded TraceRequest. */
  constructor(client: Client, request: Buffer) {
    this.#client = client;
    const call = client.makeServerStreamRequest(trace.path, asIs, asIs, request);
    this.#ended = new Promise((resolve, reject) => {
      call.on("end", resolve);
      call.on("error", reject);
    });
    this.started = new Promise((resolve, reject) => {
      call.on("data", (message: Buffer) => this.#take(message) && resolve());
      this.#ended.then(() => reject(new Error("the stream ended before TraceStarted")), reject);
    });
    // Whoever awaits one of the two learns of its failure; nobody need await both.
    this.started.catch(() => {});
    this.#ended.catch(() => {});
  }

  /** Keeps a message; true when it is, or came after, TraceStarted. */
  #take(message: Buffer): boolean {
    this.#messages.push(message);
    if (this.#traceId === 0n) {
      const { event } = TraceResponse.decode(message);
      if (event?.$case === "started") this.#traceId = event.value.traceId;
    }
    return this.#traceId !== 0n;
  }

  /** Ends the trace in good order and waits for its last message. */
  async stop(): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = stopTrace;
    await new Promise<void>((resolve, reject) => {
      const answered = (error: ServiceError | null): void => (error ? reject(error) : resolve());
      this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { traceId: this.#traceId }, answered);
    });
    await this.#ended;
  }

  /** All messages, each behind its size. */
  framed(): Buffer {
    return Buffer.concat(
      this.#messages.flatMap((message) => {
        const size = Buffer.alloc(SIZE_BYTES);
        size.writeUInt32LE(message.length);
        return [size, message];
      }),
    );
  }
}
