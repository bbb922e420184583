/** How the parts of a trace are set up for what was asked. */
import type { BlockField } from "../decode/custom-block.js";
import { timeBase } from "../decode/record.js";
import { Batcher, type EncodedBatch } from "../encode/batcher.js";
import { NameTable } from "../encode/names.js";
import type { AssemblerOptions } from "../journey/contract.js";
import type { DropReasons } from "../kernel/drop-reasons.js";
import type { SymbolTable } from "../kernel/symbol-table.js";
import type { TraceSpec } from "./messages.js";

/** A batch of journeys of this size is full: what a gRPC message may well hold, well below its limit. */
const BATCH_BYTES = 64 * 1024;
const MIN_OPEN_JOURNEYS = 16_384;
const MAX_OPEN_JOURNEYS = 65_536;
const OPEN_HOPS = 262_144;
/** A probe that was hit where no function of the trace begins. */
const UNKNOWN_FUNCTION = "[unknown]";

/** What of a request tells how journeys are encoded and sent. */
export type BatchSpec = Pick<TraceSpec, "batchDelayMs" | "batchJourneys" | "functionNames">;

/** What a trace's journeys are read and encoded with. */
export interface TraceNames {
  readonly functions: Iterable<readonly [number, string]>;
  readonly dropReasons: DropReasons;
  /** Asked when the first address is to be told. */
  readonly symbols: () => Pick<SymbolTable, "at" | "near">;
  /** What modules collect at each hop. */
  readonly customFields: readonly BlockField[];
  /** Size of what they collect. */
  readonly customBytes: number;
}

/** Makes batchers for a trace whose times count from `baseNs`; `location` names a place in the kernel. */
export function batcherMaker(
  spec: BatchSpec,
  names: TraceNames,
  baseNs: bigint,
  location: (low: number) => Uint8Array,
) {
  const limits = { journeys: spec.batchJourneys, bytes: BATCH_BYTES, delayNs: spec.batchDelayMs * 1e6 };
  const encoding = {
    base: timeBase(baseNs),
    functionNames: spec.functionNames ? new NameTable(names.functions, UNKNOWN_FUNCTION) : undefined,
    dropReasons: new NameTable(names.dropReasons.names),
    dropSubsystems: new NameTable(names.dropReasons.subsystems),
    location,
    customFields: names.customFields,
  };
  return (emit: (batch: EncodedBatch) => void): Batcher => new Batcher(limits, encoding, emit);
}

/** How the journeys of a trace are assembled. */
export function assemblerOptions(spec: TraceSpec, customBytes: number): AssemblerOptions {
  return {
    maxHops: spec.maxHops,
    idleTimeoutNs: spec.idleTimeoutMs * 1e6,
    maxOpen: Math.min(Math.max(spec.trackingEntries, MIN_OPEN_JOURNEYS), MAX_OPEN_JOURNEYS),
    maxOpenHops: Math.max(OPEN_HOPS, spec.maxHops * 2),
    customBytes,
  };
}
