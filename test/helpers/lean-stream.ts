/** A client of a trace that keeps nothing but what it counts: journeys are not decoded. */
import type { ClientReadableStream } from "@grpc/grpc-js";
import type { Account } from "../../src/gen/ipftrace/v1/loss.js";
import { TraceRequest, TraceResponse, type TraceServiceClient } from "../../src/gen/ipftrace/v1/trace_service.js";
import { accountSum } from "./tracing.js";

/** Wire keys of TraceResponse.sequence and .batch, and of JourneyBatch.journeys. */
const SEQUENCE = 0x08;
const BATCH = 0x1a;
const JOURNEY = 0x0a;
const PATH = "/ipftrace.v1.TraceService/Trace";

/** One stream. */
export class LeanStream {
  readonly call: ClientReadableStream<Buffer>;
  /** Resolves at the end of the stream, in whatever way. */
  readonly ended: Promise<void>;
  journeys = 0;
  messages = 0;
  functions = 0;
  traceId = 0n;
  account: Account | undefined;
  /** What is wrong with what came. */
  fault: string | undefined;
  #started: () => void = () => {};
  /** Resolves with TraceStarted, or at the end of the stream. */
  readonly started: Promise<void>;

  readonly #onSample: ((journey: Buffer) => void) | undefined;

  /** `onSample` gets the last journey of each batch, encoded. */
  constructor(
    client: TraceServiceClient,
    request: Parameters<typeof TraceRequest.fromPartial>[0],
    onSample?: (journey: Buffer) => void,
  ) {
    this.#onSample = onSample;
    const bytes = Buffer.from(TraceRequest.encode(TraceRequest.fromPartial(request)).finish());
    const asIs = (message: Buffer): Buffer => message;
    this.call = client.makeServerStreamRequest(PATH, asIs, asIs, bytes);
    this.started = new Promise((resolve) => {
      this.#started = resolve;
    });
    this.call.on("data", (message: Buffer) => this.#take(message));
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#started();
        resolve();
      };
      this.call.on("end", end);
      this.call.on("error", end);
    });
  }

  #take(message: Buffer): void {
    const [sequence, behind] = varint(message, 1);
    if (message[0] !== SEQUENCE || sequence !== ++this.messages)
      this.fault ??= `message ${this.messages} has ${sequence}`;
    if (message[behind] === BATCH) this.#count(message, ...varint(message, behind + 1));
    else this.#read(TraceResponse.decode(message));
  }

  #count(message: Buffer, bytes: number, from: number): void {
    let last = from;
    for (let at = from; at < from + bytes; ) {
      if (message[at] !== JOURNEY) this.fault ??= `a batch holds ${message[at]}`;
      const [length, behind] = varint(message, at + 1);
      last = behind;
      at = behind + length;
      this.journeys++;
    }
    this.#onSample?.(message.subarray(last, from + bytes));
  }

  #read({ event }: TraceResponse): void {
    if (event?.$case === "ended") this.account = event.value.account;
    if (event?.$case !== "started") return;
    this.functions = event.value.functions.length;
    this.traceId = event.value.traceId;
    this.#started();
  }

  /** What does not add up in a stream that has ended in good order. */
  get wrong(): string | undefined {
    if (this.fault !== undefined) return this.fault;
    if (this.account === undefined) return "it has ended without an account";
    const { seenEvents, deliveredJourneys } = this.account;
    if (seenEvents !== accountSum(this.account)) return `seen ${seenEvents}, but ${accountSum(this.account)} told`;
    if (deliveredJourneys === BigInt(this.journeys)) return undefined;
    return `${deliveredJourneys} journeys delivered, ${this.journeys} came`;
  }
}

/** The value at a place, below 2^31, and where the next one is. */
function varint(bytes: Buffer, at: number): [number, number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}
