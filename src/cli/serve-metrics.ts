/** The metrics of `serve`. What they need is loaded only when they are asked for. */
import type { MetricsListener } from "../metrics/listener.js";
import type { Metrics } from "../metrics/registry.js";
import type { Figures } from "../metrics/sources.js";

/** Metrics that nobody can read yet. */
export interface UnservedMetrics extends Metrics {
  /** Answers Prometheus; `figures` is asked at each scrape. @throws IpftraceError UNAVAILABLE */
  serve(figures: () => Figures): Promise<MetricsListener>;
}

/** Metrics to be served at `address`, HOST:PORT; undefined: none. */
export async function loadMetrics(address: string | undefined): Promise<UnservedMetrics | undefined> {
  if (address === undefined) return undefined;
  const { makeMetrics } = await import("../metrics/registry.js");
  const { serveMetrics } = await import("../metrics/listener.js");
  const { version } = await import("../release/version.js");
  const metrics = makeMetrics(version);
  return { ...metrics, serve: (figures) => serveMetrics(address, { metrics, figures }) };
}
