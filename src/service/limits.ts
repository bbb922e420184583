/** What this server accepts, and its defaults. GetNode tells the limits. */
import { filterLimits } from "../filter/limits.js";
import type { NodeLimits } from "../gen/ipftrace/v1/node.js";
import { FunctionEncoding, OverflowPolicy, StackMode, type TraceOptions } from "../gen/ipftrace/v1/trace_service.js";
import { maxManifestFunctions } from "../manifest/check.js";

const MIB = 1024 * 1024;

/** Limits where the configuration sets no others. Those of a filter and of functions are what the programs have room for. */
export const defaultLimits: NodeLimits = {
  ...filterLimits,
  maxFunctions: maxManifestFunctions,
  maxHops: 4096,
  maxRingBytes: BigInt(512 * MIB),
  maxQueueBytes: BigInt(64 * MIB),
  maxTraces: 16,
  maxTrackingEntries: 1_048_576,
  maxStreams: 256,
  maxStreamsPerClient: 128,
  maxTotalRingBytes: BigInt(1024 * MIB),
  maxTotalQueueBytes: BigInt(1024 * MIB),
  maxSessions: 16,
  maxHistoryBytes: BigInt(256 * MIB),
  maxTotalHistoryBytes: BigInt(1024 * MIB),
};

/** What 0 means in each of TraceOptions. */
export const defaultOptions: TraceOptions = {
  maxHops: 128,
  idleTimeoutMs: 5000,
  durationMs: 0,
  maxJourneys: 0n,
  ringBytes: BigInt(8 * MIB),
  trackingEntries: 65_536,
  stacks: StackMode.STACK_MODE_NONE,
  maxPacketsPerSecond: 0,
  maxCpuPercent: 0,
  functionEncoding: FunctionEncoding.FUNCTION_ENCODING_NAMES,
  batchJourneys: 128,
  batchDelayMs: 50,
  queueBytes: BigInt(8 * MIB),
  overflowPolicy: OverflowPolicy.OVERFLOW_POLICY_DROP_OLDEST,
  heartbeatIntervalMs: 10_000,
  maxJourneysPerSecond: 0,
  sampleOneIn: 1,
};
