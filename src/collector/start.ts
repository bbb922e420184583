/** Starts a trace in the worker: attach what was prepared, and read what comes. */
import { IpftraceError } from "../errors.js";
import { FunctionState, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import { type Attachment, attach } from "../kernel/attach.js";
import { asExhausted } from "../kernel/exhausted.js";
import { interfaces } from "../kernel/interfaces.js";
import { MAX_STACKS } from "../kernel/stacks.js";
import type { Refused, TracedFunction } from "../kernel/traced-function.js";
import type { Kernel } from "./kernel.js";
import type { TraceInfo, TraceSpec } from "./messages.js";
import { prepareTrace } from "./prepare.js";
import { RunningTrace, type TraceOutput } from "./trace.js";

/** A trace that was started. */
export interface Started {
  readonly trace: RunningTrace;
  readonly info: TraceInfo;
}

/** `canSample`: whether it may be told to follow less. @throws IpftraceError; then nothing is attached. */
export async function startTrace(
  kernel: Kernel,
  spec: TraceSpec,
  output: TraceOutput,
  onProgress: (attached: number, total: number) => void,
  canSample: boolean,
): Promise<Started> {
  const { backend, passedOver, traced, skipped, conditions, plan, isWanted } = await prepareTrace(kernel, spec);
  const baseNs = process.hrtime.bigint();
  const { ringBytes, trackingEntries, stacks, maxPacketsPerSecond } = spec;
  const customBytes = plan?.bytes ?? 0;
  const request = {
    ...{ backend, functions: traced, conditions, customBytes, module: plan?.compiled },
    ...{ ringBytes, trackingEntries, stacks, stackEntries: stacks === "none" ? 1 : MAX_STACKS },
    limits: { maxPacketsPerSecond, countedFromNs: baseNs, canSample },
  };
  const attachment = await attach(kernel.catalog, request, (attached) => onProgress(attached, traced.length));
  const refused = new Set(attachment.refused.map((one) => one.function));
  const names = {
    functions: traced.map(({ id, name }) => [id, name] as const),
    dropReasons: kernel.catalog.dropReasons(),
    symbols: () => kernel.catalog.symbols(),
    customFields: plan?.fields ?? [],
    customBytes,
  };
  const trace = await read(attachment, () => new RunningTrace(attachment, spec, { names, isWanted }, baseNs, output));
  const info = {
    backend,
    passedOver,
    functions: traced.filter((one) => !refused.has(one)).map(toEntry),
    skipped: [...skipped, ...attachment.refused.map(toSkipped)],
    interfaces: interfaces(),
    schemas: plan?.schemas ?? [],
  };
  return { trace, info };
}

/** Begins to read what is attached; takes it back when that fails: there may be no memory left to map the ring. */
async function read(attachment: Attachment, begin: () => RunningTrace): Promise<RunningTrace> {
  try {
    return begin();
  } catch (reason) {
    await attachment.detach();
    attachment.object.close();
    const what = "read what the programs send";
    throw asExhausted(reason, what) ?? IpftraceError.from(reason, "ATTACH_FAILED", what);
  }
}

function toEntry({ id, name, module, group, egress }: TracedFunction) {
  return { functionId: id, name, module, group, egress };
}

function toSkipped({ function: one, reason }: Refused): TraceableFunction {
  const { name, group, module, position: skbPosition, egress } = one;
  return { name, group, module, skbPosition, egress, state: FunctionState.FUNCTION_STATE_NOT_PROBEABLE, reason };
}
