/**
 * Sends messages to one call at the client's pace.
 *
 * grpc-js queues 16 messages, then write() returns false. After a cancel it never emits
 * `drain`, so that waiting for it alone would hang: the signal ends the wait.
 */
import { once } from "node:events";
import type { ServerWritableStream } from "@grpc/grpc-js";

/** A server-streaming call whose messages are encoded already. */
export type EncodedCall<Request> = ServerWritableStream<Request, Buffer>;

/** Resolves when all messages are written, or as soon as `gone` fires. */
export async function pump<Request>(
  call: EncodedCall<Request>,
  messages: AsyncIterable<Buffer>,
  gone: AbortSignal,
): Promise<void> {
  for await (const message of messages) {
    if (gone.aborted) return;
    if (call.write(message)) continue;
    try {
      await once(call, "drain", { signal: gone });
    } catch (reason) {
      if (gone.aborted) return;
      throw reason;
    }
  }
}
