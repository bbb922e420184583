import { openClient } from "../client/channel.js";
import type { TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";
import type { WarmCollector } from "../service/warm-collector.js";
import { connect } from "./client.js";
import type { ServerOptions } from "./client-tls.js";

/** For a server that certainly is there: in a machine that is busy with others, this process may not run for long. */
const OWN_TIMEOUT_MS = 60_000;

/**
 * Does something with a server: the one that is named, or where none is, one that lives in
 * this process for as long as it is needed. Closes what it opened, however `use` ends.
 * `collector`: for the latter, one that was started before.
 */
export async function withServer<T>(
  way: ServerOptions,
  use: (client: TraceServiceClient) => Promise<T>,
  collector?: WarmCollector,
): Promise<T> {
  if (way.server !== undefined) return withClient(await connect(way.server, way), use);
  const { startEmbedded } = await import("./embedded.js");
  const server = await startEmbedded(collector);
  try {
    return await withClient(await openClient(server.target, { timeoutMs: OWN_TIMEOUT_MS }), use);
  } finally {
    await server.stop();
  }
}

async function withClient<T>(client: TraceServiceClient, use: (client: TraceServiceClient) => Promise<T>): Promise<T> {
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
