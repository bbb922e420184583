/** TraceOptions: fills in the defaults and checks the limits. */
import type { Violation } from "../errors.js";
import type { NodeLimits } from "../gen/ipftrace/v1/node.js";
import { FunctionEncoding, OverflowPolicy, StackMode, TraceOptions } from "../gen/ipftrace/v1/trace_service.js";
import type { LiveOptions } from "../hub/live-feed.js";
import type { Overflow } from "../hub/queue.js";
import type { SelectionOptions } from "../hub/selection.js";
import { defaultOptions } from "./limits.js";

/** A page of memory: the smallest ring that the kernel makes. */
const MIN_RING_BYTES = 4096n;
/** Node's timers hold no more: 24.8 days. */
const MAX_TIMER_MS = 2_147_483_647;
/** Below it the heartbeat itself would be the load. */
const MIN_HEARTBEAT_MS = 100;
/** More than a machine sees; the programs count what was allowed since the trace began in 56 bits. */
const MAX_PACKETS_PER_SECOND = 10_000_000;
/** A thousand CPUs. */
const MAX_CPU_PERCENT = 100_000;

/** Options of one client's stream: all that a client may ask for of a session. */
export type DeliveryOptions = Pick<TraceOptions, (typeof deliveryOptions)[number]>;

/** Their names. */
export const deliveryOptions = [
  "durationMs",
  "maxJourneys",
  "queueBytes",
  "overflowPolicy",
  "heartbeatIntervalMs",
  "maxJourneysPerSecond",
  "sampleOneIn",
] as const satisfies readonly (keyof TraceOptions)[];

const overflows: Readonly<Record<number, Overflow>> = {
  [OverflowPolicy.OVERFLOW_POLICY_DROP_OLDEST]: "drop-oldest",
  [OverflowPolicy.OVERFLOW_POLICY_DROP_NEWEST]: "drop-newest",
  [OverflowPolicy.OVERFLOW_POLICY_TERMINATE]: "terminate",
};

/** The same for the hub. */
export function liveOptionsOf(options: DeliveryOptions): LiveOptions {
  return {
    ...selectionOf(options),
    queueBytes: Number(options.queueBytes),
    overflow: overflows[options.overflowPolicy] ?? "drop-oldest",
  };
}

/** Which journeys a client gets. */
export function selectionOf({ maxJourneys, maxJourneysPerSecond, sampleOneIn }: DeliveryOptions): SelectionOptions {
  return { maxJourneys: Number(maxJourneys), maxJourneysPerSecond, sampleOneIn };
}

/** Options with every default filled in. */
export function fillOptions(given: TraceOptions | undefined): TraceOptions {
  const options = TraceOptions.fromPartial({ ...given });
  return {
    maxHops: options.maxHops || defaultOptions.maxHops,
    idleTimeoutMs: options.idleTimeoutMs || defaultOptions.idleTimeoutMs,
    durationMs: options.durationMs,
    maxJourneys: options.maxJourneys,
    ringBytes: options.ringBytes || defaultOptions.ringBytes,
    trackingEntries: options.trackingEntries || defaultOptions.trackingEntries,
    functionEncoding: options.functionEncoding || defaultOptions.functionEncoding,
    batchJourneys: options.batchJourneys || defaultOptions.batchJourneys,
    batchDelayMs: options.batchDelayMs || defaultOptions.batchDelayMs,
    queueBytes: options.queueBytes || defaultOptions.queueBytes,
    overflowPolicy: options.overflowPolicy || defaultOptions.overflowPolicy,
    heartbeatIntervalMs: options.heartbeatIntervalMs || defaultOptions.heartbeatIntervalMs,
    stacks: options.stacks || defaultOptions.stacks,
    maxJourneysPerSecond: options.maxJourneysPerSecond,
    sampleOneIn: options.sampleOneIn || defaultOptions.sampleOneIn,
    maxPacketsPerSecond: options.maxPacketsPerSecond,
    maxCpuPercent: options.maxCpuPercent,
  };
}

/** Everything that is wrong with filled-in options on a server of these limits. */
export function checkOptions(options: TraceOptions, limits: NodeLimits): Violation[] {
  const ranges: [string, number | bigint, number | bigint, number | bigint][] = [
    ["max_hops", options.maxHops, 1, limits.maxHops],
    ["idle_timeout_ms", options.idleTimeoutMs, 1, MAX_TIMER_MS],
    ["duration_ms", options.durationMs, 0, MAX_TIMER_MS],
    ["ring_bytes", options.ringBytes, MIN_RING_BYTES, limits.maxRingBytes],
    ["tracking_entries", options.trackingEntries, 1, limits.maxTrackingEntries],
    ["batch_journeys", options.batchJourneys, 1, 1024],
    ["batch_delay_ms", options.batchDelayMs, 1, 10_000],
    ["queue_bytes", options.queueBytes, 1, limits.maxQueueBytes],
    ["max_packets_per_second", options.maxPacketsPerSecond, 0, MAX_PACKETS_PER_SECOND],
    ["max_cpu_percent", options.maxCpuPercent, 0, MAX_CPU_PERCENT],
    ["heartbeat_interval_ms", options.heartbeatIntervalMs, MIN_HEARTBEAT_MS, MAX_TIMER_MS],
  ];
  const violations = ranges
    .filter(([, value, low, high]) => value < low || value > high)
    .map(([name, value, low, high]) => fault(name, `${value} is not in ${low}-${high}`));
  if ((options.ringBytes & (options.ringBytes - 1n)) !== 0n) {
    violations.push(fault("ring_bytes", `${options.ringBytes} is not a power of two`));
  }
  if (!isOneOf(FunctionEncoding, options.functionEncoding))
    violations.push(fault("function_encoding", "not a FunctionEncoding"));
  if (!isOneOf(OverflowPolicy, options.overflowPolicy))
    violations.push(fault("overflow_policy", "not an OverflowPolicy"));
  if (!isOneOf(StackMode, options.stacks)) violations.push(fault("stacks", "not a StackMode"));
  return violations;
}

function fault(name: string, description: string): Violation {
  return { field: `options.${name}`, description };
}

/** Whether a number of the wire is one that this version of the contract has. */
function isOneOf(values: Record<string, number>, value: number): boolean {
  return value >= 0 && Object.values(values).includes(value);
}
