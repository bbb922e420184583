/** The metrics as Prometheus reads them. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { counters, type Definition, gauges, histograms } from "./definitions.js";
import type { Figures, Happenings } from "./sources.js";

/** The metrics of one server. */
export interface Metrics extends Happenings {
  readonly registry: Registry;
  /** What a scrape reads, with these figures. */
  text(figures: Figures): Promise<string>;
  readonly contentType: string;
}

/** Metrics of a server of this version. */
export function makeMetrics(version: string): Metrics {
  const registry = new Registry();
  const asked = makeAsked(registry);
  const timed = makeTimed(registry);
  collectDefaultMetrics({ register: registry });
  asked.gauges.build.set({ version, node: process.version }, 1);
  return {
    registry,
    contentType: registry.contentType,
    text: (figures) => {
      takeFigures(asked, figures);
      return registry.metrics();
    },
    callEnded: ({ method, code, seconds }) => timed.calls.observe({ method, code }, seconds),
    attached: (backend, seconds) => timed.attach.observe({ backend }, seconds),
    detached: (seconds) => timed.detach.observe(seconds),
  };
}

type Asked = ReturnType<typeof makeAsked>;

function makeAsked(registry: Registry) {
  const registers = [registry];
  return {
    gauges: mapValues(gauges, (one: Definition) => new Gauge({ ...options(one), registers })),
    counters: mapValues(counters, (one: Definition) => new Counter({ ...options(one), registers })),
  };
}

function makeTimed(registry: Registry) {
  return mapValues(
    histograms,
    (one: (typeof histograms)[keyof typeof histograms]) =>
      new Histogram({ ...options(one), buckets: [...one.buckets], registers: [registry] }),
  );
}

function options({ name, help, labels = [] }: Definition) {
  return { name, help, labelNames: [...labels] };
}

function mapValues<K extends string, V, R>(from: Readonly<Record<K, V>>, make: (value: V) => R): Record<K, R> {
  const entries = Object.entries(from) as [K, V][];
  return Object.fromEntries(entries.map(([key, value]) => [key, make(value)])) as Record<K, R>;
}

/** Counters are sums that the server keeps itself: they are set, not counted again. */
function takeFigures({ gauges, counters }: Asked, figures: Figures): void {
  const { events } = figures;
  gauges.serving.set(figures.isServing ? 1 : 0);
  gauges.traces.set(figures.traces);
  gauges.subscribers.set(figures.subscribers);
  gauges.sessions.set(figures.sessions);
  gauges.queuedBytes.set(figures.queuedBytes);
  gauges.collector.set(figures.collectorUtilization);
  if (figures.certificateExpiryS === undefined) gauges.certificate.remove();
  else gauges.certificate.set(figures.certificateExpiryS);
  const sums = {
    seen: events.seen,
    filtered: events.filtered,
    delivered: events.delivered,
    packets: events.matchedPackets,
    journeys: events.journeys,
    hops: events.hops,
    batches: figures.sentBatches,
    bytes: figures.sentBytes,
    runs: figures.programRuns,
    runTime: Number(figures.programRunNs) / 1e9,
  };
  for (const [key, value] of Object.entries(sums)) set(counters[key as keyof typeof sums], Number(value));
  counters.lost.reset();
  for (const [stage, lost] of events.lost) counters.lost.inc({ stage }, Number(lost));
}

function set(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
