/** Tells what a trace would do. */
import { FunctionState, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { TracedFunction } from "../kernel/traced-function.js";
import { tryLoading } from "../kernel/try-loading.js";
import type { Kernel } from "./kernel.js";
import type { Explanation, TraceSpec } from "./messages.js";
import { prepareTrace } from "./prepare.js";

/** @throws IpftraceError as starting the trace would */
export async function explainTrace(kernel: Kernel, spec: TraceSpec): Promise<Explanation> {
  const { backend, passedOver, traced, skipped, conditions, plan } = await prepareTrace(kernel, spec);
  // Only the linker and the verifier can say whether others' code will do.
  if (plan?.compiled !== undefined) tryLoading({ conditions, customBytes: plan.bytes, module: plan.compiled });
  return { backend, passedOver, functions: traced.map(toAttachable), skipped };
}

function toAttachable({ name, group, module, position: skbPosition, egress }: TracedFunction): TraceableFunction {
  return { name, group, module, skbPosition, egress, state: FunctionState.FUNCTION_STATE_ATTACHABLE, reason: "" };
}
