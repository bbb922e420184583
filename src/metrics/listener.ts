/** Serves metrics by HTTP, for Prometheus. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { IpftraceError, messageOf } from "../errors.js";
import type { Metrics } from "./registry.js";
import type { Figures } from "./sources.js";

/** One Prometheus needs one; a few more may look at the same time. */
const MAX_CONNECTIONS = 16;
/** A request is a line and a few headers. */
const REQUEST_TIMEOUT_MS = 5000;
const MAX_HEADER_BYTES = 8192;

/** A listener that runs. */
export interface MetricsListener {
  /** The port, which the system chose if 0 was asked for. */
  readonly port: number;
  stop(): Promise<void>;
}

/** What is served. */
export interface Served {
  readonly metrics: Metrics;
  /** Asked at each scrape. */
  figures(): Figures;
}

/** Listens at `address`, HOST:PORT. @throws IpftraceError UNAVAILABLE */
export async function serveMetrics(address: string, served: Served): Promise<MetricsListener> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const port = Number(address.slice(colon + 1));
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void answer(request, response, served),
  );
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port);
  const bound = server.address();
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { port: typeof bound === "object" && bound !== null ? bound.port : port, stop };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (reason) => {
      const message = `metrics.listen: cannot listen at ${host}, port ${port}: ${messageOf(reason)}`;
      reject(new IpftraceError("UNAVAILABLE", message));
    });
    server.listen(port, host, resolve);
  });
}

async function answer({ method, url }: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  if (url?.split("?")[0] !== "/metrics") return refuse(response, 404, "metrics are at /metrics");
  if (method !== "GET" && method !== "HEAD") return refuse(response, 405, "metrics are read with GET");
  try {
    const text = await served.metrics.text(served.figures());
    response.writeHead(200, { "content-type": served.metrics.contentType }).end(method === "HEAD" ? undefined : text);
  } catch {
    refuse(response, 500, "metrics could not be gathered");
  }
}

function refuse(response: ServerResponse, code: number, why: string): void {
  response.writeHead(code, { "content-type": "text/plain; charset=utf-8" }).end(`${why}\n`);
}
