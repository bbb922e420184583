import type { TraceServiceClient } from "../gen/ipftrace/v1/trace_service.js";
import { connect } from "./client.js";

/**
 * Does something with a server: the one at `target`, or without a target one that lives in
 * this process for as long as it is needed. Closes what it opened, however `use` ends.
 */
export async function withServer<T>(
  target: string | undefined,
  use: (client: TraceServiceClient) => Promise<T>,
): Promise<T> {
  if (target !== undefined) return withClient(target, use);
  const { startEmbedded } = await import("./embedded.js");
  const server = await startEmbedded();
  try {
    return await withClient(server.target, use);
  } finally {
    await server.stop();
  }
}

async function withClient<T>(target: string, use: (client: TraceServiceClient) => Promise<T>): Promise<T> {
  const client = await connect(target);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
