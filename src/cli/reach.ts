import type { TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";
import { connect } from "./client.js";
import type { ServerOptions } from "./client-tls.js";

/**
 * Does something with a server: the one that is named, or where none is, one that lives in
 * this process for as long as it is needed. Closes what it opened, however `use` ends.
 */
export async function withServer<T>(way: ServerOptions, use: (client: TraceServiceClient) => Promise<T>): Promise<T> {
  if (way.server !== undefined) return withClient(way.server, way, use);
  const { startEmbedded } = await import("./embedded.js");
  const server = await startEmbedded();
  try {
    return await withClient(server.target, {}, use);
  } finally {
    await server.stop();
  }
}

async function withClient<T>(
  target: string,
  way: ServerOptions,
  use: (client: TraceServiceClient) => Promise<T>,
): Promise<T> {
  const client = await connect(target, way);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
