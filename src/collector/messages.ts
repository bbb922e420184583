/** What the main thread and the collector's worker thread say to each other. */

import type { KernelLoss, Lost } from "../decode/counters.js";
import type { InterfaceName } from "../decode/interface.js";
import type { EncodedBatch } from "../encode/batcher.js";
import type { Code, Violation } from "../errors.js";
import type { CompiledFilter } from "../filter/compile.js";
import type { CustomSchema, Module } from "../gen/ipftrace/v1/custom.js";
import type { Manifest, TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { FunctionEntry, InstalledModule, InterfaceEntry } from "../gen/ipftrace/v1/trace_service.js";
import type { BackendName } from "../kernel/attach-request.js";
import type { BackendVerdict } from "../kernel/backends.js";
import type { Capability } from "../kernel/capabilities.js";
import type { StackMode } from "../kernel/rodata.js";
import type { NamedModule } from "../module/plan.js";

import type { EndConditions } from "./end-conditions.js";
import type { Overhead } from "./overhead.js";

export type { BackendName, BackendVerdict, EncodedBatch, Overhead, StackMode };

/** What holds for all traces. */
export interface CollectorSettings {
  /** What the programs of all of them may cost, percent of one CPU; 0: no limit. */
  readonly maxCpuPercent: number;
}

/** Everything that the collector needs to know of a trace; every default is filled in. */
export interface TraceSpec {
  /** One without groups stands for everything that the kernel can trace: the built-in manifest `all`. */
  readonly manifest: Manifest;
  /** Regular expression, RE2 syntax, that names must match; empty: all do. */
  readonly functionRegex: string;
  /** Regular expression, RE2 syntax, for the names of functions at which journeys may begin; empty: at any. */
  readonly beginRegex: string;
  /** More functions are refused. */
  readonly maxFunctions: number;
  /** undefined: the best that works. */
  readonly backend: BackendName | undefined;
  /** Filter.allow and Filter.deny; undefined: every packet passes. */
  readonly filter: CompiledFilter | undefined;
  /** Filter.where_expression; empty: no condition. */
  readonly whereExpression: string;
  /** As in Filter; empty: none. */
  readonly pcapExpression: string;
  /** As in Filter; empty: none. */
  readonly innerPcapExpression: string;
  /** Whether packets other than IPv4 and IPv6 may match. */
  readonly followsAnyProtocol: boolean;
  /** What hops are to carry. */
  readonly modules: readonly NamedModule[];
  /** What is asked of journeys that have ended. */
  readonly journeys: EndConditions;
  readonly maxHops: number;
  readonly idleTimeoutMs: number;
  readonly ringBytes: number;
  readonly trackingEntries: number;
  /** Packets that begin to be followed in a second; 0: no limit. */
  readonly maxPacketsPerSecond: number;
  /** What its programs may cost, percent of one CPU; 0: no limit of its own. */
  readonly maxCpuPercent: number;
  readonly stacks: StackMode;
  /** Whether hops carry names; else ids. */
  readonly functionNames: boolean;
  readonly batchJourneys: number;
  readonly batchDelayMs: number;
}

/** How a trace was set up. */
export interface TraceInfo {
  readonly backend: BackendName;
  /** Better backends that this kernel does not allow. */
  readonly passedOver: readonly BackendVerdict[];
  readonly functions: readonly FunctionEntry[];
  readonly skipped: readonly TraceableFunction[];
  readonly interfaces: readonly InterfaceEntry[];
  /** What the modules add to hops. */
  readonly schemas: readonly CustomSchema[];
}

/** What a trace would do. */
export interface Explanation {
  readonly backend: BackendName;
  /** Better backends that this kernel does not allow. */
  readonly passedOver: readonly BackendVerdict[];
  readonly functions: readonly TraceableFunction[];
  readonly skipped: readonly TraceableFunction[];
}

/** Where a trace's events went, up to the collector's end of the line. */
export interface Totals {
  readonly seen: number;
  /** Did not match, or belongs to a journey that is not wanted. */
  readonly filtered: number;
  readonly lost: Readonly<Record<LossPlace, Lost>>;
  /** Journeys whose packets the tracking map forgot, to make room for others. */
  readonly cutJourneys: number;
  readonly matched: number;
  /** What the programs cost; undefined where it is not measured. */
  readonly overhead: Overhead | undefined;
}

/** Where events can be lost before they reach a client's queue; "probe": skipped by the kernel. */
export type LossPlace = KernelLoss | "probe" | "decode" | "assembly";

/** A trace that goes on, as it stands for somebody who leaves it. */
export interface Snapshot {
  /** The journeys that are open, ended as TRACE_STOPPED. They are delivered again, to others, when they end. */
  readonly batches: readonly EncodedBatch[];
  /** Of the events until now: those of the journeys in `batches` count as delivered. */
  readonly totals: Totals;
}

/** What numbers in the batches that follow stand for. */
export interface Dictionary {
  readonly interfaces: readonly InterfaceName[];
  readonly stacks: readonly CallStack[];
}

/** A call stack, the innermost function first. */
export interface CallStack {
  readonly stackId: number;
  readonly frames: readonly string[];
}

/** What the collector knows of the node. */
export interface NodeInfo {
  readonly backends: readonly BackendVerdict[];
  /** What a trace with the best of them can tell; empty when none works. */
  readonly capabilities: readonly Capability[];
}

/** Which functions to list. */
interface FunctionQuery {
  /** As in a {@link TraceSpec}; undefined: everything that the kernel has. */
  readonly manifest: Manifest | undefined;
  /** As in a {@link TraceSpec}. */
  readonly functionRegex: string;
}

/** An error on its way to the main thread. */
interface Failure {
  /** undefined for a defect. */
  readonly code: Code | undefined;
  readonly message: string;
  readonly violations: readonly Violation[];
}

/** Main thread → worker. `id` is the call's, or the trace's. */
export type Request =
  | { readonly type: "start"; readonly id: number; readonly spec: TraceSpec }
  | { readonly type: "stop"; readonly id: number }
  | { readonly type: "totals"; readonly id: number }
  | { readonly type: "snapshot"; readonly id: number; readonly traceId: number }
  | { readonly type: "flush"; readonly id: number; readonly traceId: number }
  | { readonly type: "explain"; readonly id: number; readonly spec: TraceSpec }
  | { readonly type: "node"; readonly id: number }
  | ({ readonly type: "functions"; readonly id: number } & FunctionQuery)
  | { readonly type: "modules"; readonly id: number; readonly modules: readonly Module[] }
  | { readonly type: "checkModule"; readonly id: number; readonly module: Module }
  | { readonly type: "ping"; readonly id: number }
  /** Nothing is answered. */
  | { readonly type: "warm" }
  /** Likewise. */
  | { readonly type: "rehearse" }
  | { readonly type: "close" };

/** Worker → main thread. */
export type Reply =
  | { readonly type: "started"; readonly id: number; readonly info: TraceInfo }
  | { readonly type: "progress"; readonly id: number; readonly attached: number; readonly total: number }
  | { readonly type: "batch"; readonly id: number; readonly batch: EncodedBatch }
  | { readonly type: "dictionary"; readonly id: number; readonly dictionary: Dictionary }
  | { readonly type: "totals"; readonly id: number; readonly totals: Totals }
  | { readonly type: "snapshot"; readonly id: number; readonly snapshot: Snapshot }
  /** Every journey that had begun has been sent. */
  | { readonly type: "flushed"; readonly id: number }
  /** The trace costs too much even though it follows nothing: it is to be stopped. */
  | { readonly type: "overBudget"; readonly id: number; readonly detail: string }
  /** The trace is out of the kernel, and all its journeys have been sent. */
  | { readonly type: "ended"; readonly id: number; readonly totals: Totals }
  | { readonly type: "explained"; readonly id: number; readonly explanation: Explanation }
  | { readonly type: "node"; readonly id: number; readonly node: NodeInfo }
  | { readonly type: "functions"; readonly id: number; readonly functions: readonly TraceableFunction[] }
  | { readonly type: "modules"; readonly id: number; readonly modules: readonly InstalledModule[] }
  | { readonly type: "checkedModule"; readonly id: number; readonly module: InstalledModule }
  | { readonly type: "pong"; readonly id: number }
  | { readonly type: "failed"; readonly id: number; readonly failure: Failure };
