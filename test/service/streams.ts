import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import {
  type TraceEndReason,
  TraceOptions,
  TraceRequest,
  TraceResponse,
} from "../../src/gen/ipftrace/v1/trace_service.js";
import { checkRequest } from "../../src/service/request.js";
import { TraceStream } from "../../src/service/trace-stream.js";
import { FakeCollector, type FakeTrace } from "./fake-collector.js";

type Event = NonNullable<TraceResponse["event"]>;
/** The message of each kind of event. */
type Values = { [E in Event as E["$case"]]: E["value"] };

/** A stream that reads itself: what came, and how it ended. */
export class Reader {
  readonly responses: TraceResponse[] = [];
  error: unknown;
  readonly ended: Promise<void>;

  constructor(stream: TraceStream) {
    this.ended = this.#read(stream);
  }

  async #read(stream: TraceStream): Promise<void> {
    try {
      for await (const message of stream.messages()) this.responses.push(TraceResponse.decode(message));
    } catch (error) {
      this.error = error;
    }
  }

  /** Kinds of the messages in their order. */
  get kinds(): (string | undefined)[] {
    return this.responses.map(({ event }) => event?.$case);
  }

  /** The messages of one kind. */
  all<K extends keyof Values>(kind: K): Values[K][] {
    const found = this.responses.flatMap(({ event }) => (event?.$case === kind ? [event.value] : []));
    return found as Values[K][];
  }

  get endReason(): TraceEndReason | undefined {
    return this.all("ended")[0]?.reason;
  }
}

/** A stream with these options, not started. */
export function streamOf(options: Partial<TraceOptions> = {}): TraceStream {
  return new TraceStream(checkRequest(TraceRequest.fromPartial({ options: TraceOptions.fromPartial(options) })));
}

/** A stream whose trace runs. */
export async function running(options: Partial<TraceOptions> = {}): Promise<{ stream: TraceStream; trace: FakeTrace }> {
  const collector = new FakeCollector();
  const stream = streamOf(options);
  await stream.start(collector);
  return { stream, trace: collector.traces[0] as FakeTrace };
}

/** Fails unless an IpftraceError of that code says so. */
export function assertFailure(error: unknown, code: string, words: RegExp): void {
  assert.ok(error instanceof IpftraceError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
}

/** Puts a clock of the test in place of performance.now(), which reads 0 now. */
export function mockClock(test: TestContext): (ms: number) => void {
  let now = 0;
  test.mock.method(performance, "now", () => now);
  return (ms) => {
    now = ms;
  };
}
