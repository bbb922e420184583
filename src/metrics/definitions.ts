/** The metrics of ipftrace: names, meanings and labels. No label ever holds an address, a port or an identity. */

/** A metric whose value is asked for. */
export interface Definition {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Values that go up and down. */
export const gauges = {
  build: {
    name: "ipftrace_build_info",
    help: "Always 1; the labels say what is running",
    labels: ["version", "node"],
  },
  serving: { name: "ipftrace_serving", help: "1 while health is SERVING, else 0" },
  traces: { name: "ipftrace_traces", help: "Traces in the kernel" },
  subscribers: { name: "ipftrace_subscribers", help: "Clients that read the stream of a trace or of a session" },
  sessions: { name: "ipftrace_sessions", help: "Named sessions" },
  queuedBytes: { name: "ipftrace_queued_bytes", help: "Bytes of journeys that wait for clients in the server" },
  collector: {
    name: "ipftrace_collector_utilization_ratio",
    help: "Share of the time, 0 to 1, in which the collector's thread was busy since the scrape before",
  },
  certificate: {
    name: "ipftrace_certificate_expiry_timestamp_seconds",
    help: "When the first of the server's certificates expires, in seconds since 1970; absent without TLS",
  },
} as const satisfies Record<string, Definition>;

/** Sums since the server started, over all clients, those that have left included. */
export const counters = {
  seen: { name: "ipftrace_events_seen_total", help: "Events, functions that saw a packet, in the clients' accounts" },
  filtered: {
    name: "ipftrace_events_filtered_total",
    help: "Events that no client asked for; seen = filtered + delivered + lost when traces have ended in good order",
  },
  delivered: { name: "ipftrace_events_delivered_total", help: "Events in journeys that were sent" },
  lost: {
    name: "ipftrace_events_lost_total",
    help: "Events that were lost, by the stage that lost them",
    labels: ["stage"],
  },
  packets: { name: "ipftrace_packets_matched_total", help: "Packets that matched a filter" },
  journeys: { name: "ipftrace_journeys_delivered_total", help: "Journeys that were sent" },
  hops: { name: "ipftrace_hops_delivered_total", help: "Hops of journeys that were sent" },
  batches: { name: "ipftrace_batches_sent_total", help: "Batches of journeys that were sent" },
  runs: {
    name: "ipftrace_program_runs_total",
    help: "Runs of the programs of traces that have a budget: of others nothing is measured",
  },
  runTime: {
    name: "ipftrace_program_run_seconds_total",
    help: "Time in the programs of traces that have a budget, on all CPUs",
  },
  bytes: { name: "ipftrace_batch_bytes_sent_total", help: "Bytes of batches that were sent, without gRPC's own" },
} as const satisfies Record<string, Definition>;

/** Times, in seconds. */
export const histograms = {
  calls: {
    name: "ipftrace_rpc_duration_seconds",
    help: "RPCs that have ended, by method and name of the status, and how long they took; of streams, until their end",
    labels: ["method", "code"],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3600],
  },
  attach: {
    name: "ipftrace_attach_duration_seconds",
    help: "How long it took until a trace stood in the kernel, by backend",
    labels: ["backend"],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  detach: {
    name: "ipftrace_detach_duration_seconds",
    help: "How long it took until a trace was out of the kernel, with its last journeys read",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
} as const satisfies Record<string, Definition & { buckets: readonly number[] }>;
