/** How many streams there may be at the same time, and how much may wait in their queues. */
import { IpftraceError } from "../errors.js";
import type { NodeLimits } from "../gen/ipftrace/v1/node.js";

type StreamLimits = Pick<NodeLimits, "maxStreams" | "maxStreamsPerClient" | "maxTotalQueueBytes">;

/** The streams of a server. */
export class StreamQuota {
  readonly #limits: StreamLimits;
  readonly #streams = new Map<string, number>();
  #count = 0;
  #queueBytes = 0n;

  constructor(limits: StreamLimits) {
    this.#limits = limits;
  }

  /** A place for a stream of this client; give it back by calling the result. @throws IpftraceError LIMIT_REACHED */
  takeStream(client: string): () => void {
    const { maxStreams, maxStreamsPerClient } = this.#limits;
    const own = this.#streams.get(client) ?? 0;
    if (this.#count >= maxStreams) {
      throw IpftraceError.overLimit("max_streams", `this server has ${maxStreams} streams at most, and all are taken`);
    }
    if (own >= maxStreamsPerClient) {
      const description = `a client may have ${maxStreamsPerClient} streams, and "${client}" has them`;
      throw IpftraceError.overLimit("max_streams_per_client", description);
    }
    this.#count++;
    this.#streams.set(client, own + 1);
    return () => {
      this.#count--;
      const left = (this.#streams.get(client) ?? 1) - 1;
      if (left === 0) this.#streams.delete(client);
      else this.#streams.set(client, left);
    };
  }

  /** Room for a queue; give it back by calling the result. @throws IpftraceError LIMIT_REACHED */
  takeQueue(bytes: bigint): () => void {
    const { maxTotalQueueBytes } = this.#limits;
    if (this.#queueBytes + bytes > maxTotalQueueBytes) {
      throw IpftraceError.overLimit(
        "max_total_queue_bytes",
        `the queues of this server's streams may have ${maxTotalQueueBytes} bytes, of which ${this.#queueBytes} are taken: ask for less than queue_bytes ${bytes}`,
      );
    }
    this.#queueBytes += bytes;
    return () => {
      this.#queueBytes -= bytes;
    };
  }
}
