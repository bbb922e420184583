import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FunctionEncoding, OverflowPolicy, StackMode, TraceOptions } from "../../src/gen/ipftrace/v1/trace_service.js";
import { defaultOptions, defaultLimits as limits } from "../../src/service/limits.js";
import { checkOptions, fillOptions } from "../../src/service/options.js";

const MIB = 1024 * 1024;

/** Every option with a value that is neither its default nor another's. */
const given: TraceOptions = {
  maxHops: 1,
  idleTimeoutMs: 2,
  durationMs: 3,
  maxJourneys: 4n,
  ringBytes: 8192n,
  trackingEntries: 6,
  functionEncoding: FunctionEncoding.FUNCTION_ENCODING_IDS,
  batchJourneys: 7,
  batchDelayMs: 8,
  queueBytes: 9n,
  overflowPolicy: OverflowPolicy.OVERFLOW_POLICY_TERMINATE,
  heartbeatIntervalMs: 110,
  stacks: StackMode.STACK_MODE_ALL,
  maxJourneysPerSecond: 10,
  sampleOneIn: 11,
  maxPacketsPerSecond: 111,
  maxCpuPercent: 112,
};

describe("fillOptions", () => {
  it("makes of nothing the defaults that trace_service.proto documents", () => {
    const documented: TraceOptions = {
      maxHops: 128,
      idleTimeoutMs: 5000,
      durationMs: 0,
      maxJourneys: 0n,
      ringBytes: BigInt(8 * MIB),
      trackingEntries: 65_536,
      functionEncoding: FunctionEncoding.FUNCTION_ENCODING_NAMES,
      batchJourneys: 128,
      batchDelayMs: 50,
      queueBytes: BigInt(8 * MIB),
      overflowPolicy: OverflowPolicy.OVERFLOW_POLICY_DROP_OLDEST,
      heartbeatIntervalMs: 10_000,
      stacks: StackMode.STACK_MODE_NONE,
      maxJourneysPerSecond: 0,
      sampleOneIn: 1,
      maxPacketsPerSecond: 0,
      maxCpuPercent: 0,
    };
    assert.deepEqual(fillOptions(undefined), documented);
    assert.deepEqual(fillOptions(TraceOptions.fromPartial({})), documented);
    assert.deepEqual(fillOptions({} as TraceOptions), documented);
  });

  it("keeps what is given", () => assert.deepEqual(fillOptions(given), given));

  for (const name of Object.keys(given) as (keyof TraceOptions)[]) {
    it(`fills in the others when only ${name} is given`, () => {
      const filled = fillOptions(TraceOptions.fromPartial({ [name]: given[name] }));
      assert.deepEqual(filled, { ...defaultOptions, [name]: given[name] });
    });
  }
});

/** Paths of the options at fault. */
function faults(options: Partial<TraceOptions>): string[] {
  return checkOptions({ ...defaultOptions, ...options }, limits).map(({ field }) => field);
}

describe("checkOptions", () => {
  it("finds nothing wrong with the defaults", () => assert.deepEqual(faults({}), []));

  const timer = 2 ** 31 - 1;
  const ranges: [name: keyof TraceOptions, path: string, low: number | bigint, high: number | bigint][] = [
    ["maxHops", "max_hops", 1, 4096],
    ["idleTimeoutMs", "idle_timeout_ms", 1, timer],
    ["durationMs", "duration_ms", 0, timer],
    ["trackingEntries", "tracking_entries", 1, 1_048_576],
    ["batchJourneys", "batch_journeys", 1, 1024],
    ["batchDelayMs", "batch_delay_ms", 1, 10_000],
    ["queueBytes", "queue_bytes", 1n, BigInt(64 * MIB)],
    ["maxPacketsPerSecond", "max_packets_per_second", 0, 10_000_000],
    ["maxCpuPercent", "max_cpu_percent", 0, 100_000],
    ["heartbeatIntervalMs", "heartbeat_interval_ms", 100, timer],
  ];
  for (const [name, path, low, high] of ranges) {
    const beyond = typeof low === "bigint" ? [low - 1n, (high as bigint) + 1n] : [low - 1, (high as number) + 1];
    it(`${name} is ${low}-${high}`, () => {
      assert.deepEqual(faults({ [name]: low }), []);
      assert.deepEqual(faults({ [name]: high }), []);
      for (const value of beyond) {
        const [violation, ...others] = checkOptions({ ...defaultOptions, [name]: value }, limits);
        assert.deepEqual(others, []);
        assert.equal(violation?.field, `options.${path}`);
        assert.ok(violation.description.includes(`${value} is not in ${low}-${high}`), violation.description);
      }
    });
  }

  it("the limits are those that GetNode tells", () => {
    assert.deepEqual(
      [limits.maxHops, limits.maxTrackingEntries, limits.maxQueueBytes, limits.maxRingBytes],
      [4096, 1_048_576, BigInt(64 * MIB), BigInt(512 * MIB)],
    );
  });

  const rings: [bytes: bigint, faults: number][] = [
    [4096n, 0],
    [8192n, 0],
    [BigInt(512 * MIB), 0],
    [2048n, 1],
    [4097n, 1],
    [12_288n, 1],
    [BigInt(1024 * MIB), 1],
    [4095n, 2],
    [2n ** 63n, 1],
    [2n ** 64n - 1n, 2],
  ];
  for (const [ringBytes, count] of rings) {
    it(`a ring of ${ringBytes} bytes has ${count} faults`, () => {
      assert.deepEqual(faults({ ringBytes }), new Array<string>(count).fill("options.ring_bytes"));
    });
  }

  for (const value of [-1, 3, 99]) {
    it(`an encoding of functions ${value} is none`, () => {
      assert.deepEqual(faults({ functionEncoding: value as FunctionEncoding }), ["options.function_encoding"]);
    });
  }
  for (const value of [-1, 4, 99]) {
    it(`an overflow policy ${value} is none`, () => {
      assert.deepEqual(faults({ overflowPolicy: value as OverflowPolicy }), ["options.overflow_policy"]);
    });
  }

  it("any number of journeys may be asked for", () => assert.deepEqual(faults({ maxJourneys: 2n ** 64n - 1n }), []));

  it("tells all faults at once", () => {
    const all = faults({
      maxHops: 9999,
      idleTimeoutMs: 2 ** 31,
      durationMs: 2 ** 31,
      ringBytes: 4095n,
      trackingEntries: 2 ** 31,
      functionEncoding: 9 as FunctionEncoding,
      batchJourneys: 9999,
      batchDelayMs: 99_999,
      queueBytes: 2n ** 40n,
      overflowPolicy: 9 as OverflowPolicy,
      heartbeatIntervalMs: 1,
    });
    assert.equal(all.length, 12);
    assert.equal(new Set(all).size, 11);
  });
});
