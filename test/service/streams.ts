import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { IpftraceError } from "../../src/errors.js";
import {
  type TraceEndReason,
  TraceOptions,
  TraceRequest,
  TraceResponse,
} from "../../src/gen/ipftrace/v1/trace_service.js";
import { LiveFeed } from "../../src/hub/live-feed.js";
import { TracePool } from "../../src/hub/trace-pool.js";
import { liveOptionsOf } from "../../src/service/options.js";
import { checkRequest } from "../../src/service/request.js";
import { type Pending, TraceStream } from "../../src/service/trace-stream.js";
import { wantedTrace } from "../../src/service/wanted.js";
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

/** A stream with these options, not started, and the collector that it will ask. */
export function streamOf(options: Partial<TraceOptions> = {}, collector = new FakeCollector()): TraceStream {
  const checked = checkRequest(TraceRequest.fromPartial({ options: TraceOptions.fromPartial(options) }));
  const limits = { maxTraces: 1, maxTotalRingBytes: checked.spec.ringBytes, graceMs: 0 };
  const pool = new TracePool((spec, events) => collector.start(spec, events), limits);
  const feed = new LiveFeed<Pending>(pool, wantedTrace(checked.spec), liveOptionsOf(checked.options));
  return new TraceStream(checked, checked.options, feed);
}

/** A stream whose trace runs. */
export async function running(options: Partial<TraceOptions> = {}): Promise<{ stream: TraceStream; trace: FakeTrace }> {
  const collector = new FakeCollector();
  const stream = streamOf(options, collector);
  await stream.start();
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
