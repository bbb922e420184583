/** From the functions that a manifest names to those that this kernel and this backend can trace. */
import { FunctionState, type Manifest, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { BackendName } from "../kernel/attach-request.js";
import type { TracedFunction } from "../kernel/traced-function.js";
import { isAll, withoutLeftOut } from "./all-functions.js";
import type { NameMatcher } from "./function-regex.js";
import { canBegin, type Hint, type Kernel, nearestHint, noHint, stateOf, TRACEPOINT, withEgress } from "./state.js";

const ALL_TRACEPOINTS_GROUP = "tracepoints";

/** A manifest, as this kernel sees it. */
export interface Resolved {
  readonly traced: readonly TracedFunction[];
  readonly skipped: readonly TraceableFunction[];
}

/**
 * Splits the functions of a manifest whose names match into what can be traced and what
 * cannot, with reasons; both are empty when no name matches. Journeys begin where a name
 * `begins`, and where the kernel lets them (canBegin).
 *
 * The tracepoint backend traces the tracepoints that the manifest names; when it names
 * none, it traces every tracepoint with an sk_buff.
 */
export function resolveManifest(
  manifest: Manifest,
  kernel: Kernel,
  backend: BackendName,
  matches: NameMatcher,
  begins: NameMatcher = () => true,
): Resolved {
  const all = statesOf(manifest, kernel, backend, noHint).filter(({ name }) => matches(name));
  const usable = all.filter(isAttachable);
  const skipped = all.filter((one) => !isAttachable(one));
  const traced = backend === "tracepoint" && !namesTracepoints(manifest) ? tracepointStates(kernel) : usable;
  return { traced: traced.filter(({ name }) => matches(name)).map((one, n) => toTraced(one, n, begins)), skipped };
}

/** Every function of a manifest with its state here; for those not found with the nearest name. */
export function manifestStates(manifest: Manifest, kernel: Kernel, backend: BackendName): TraceableFunction[] {
  return statesOf(manifest, kernel, backend, nearestHint);
}

/** Everything that this kernel has: tracepoints, then functions, by name. */
export function kernelStates(kernel: Kernel, backend: BackendName): TraceableFunction[] {
  return [...tracepointStates(kernel), ...functionStates(kernel.skbFunctions(), kernel, backend)];
}

/** A function that is listed twice is told once. */
function statesOf(manifest: Manifest, kernel: Kernel, backend: BackendName, hint: Hint): TraceableFunction[] {
  if (isAll(manifest)) return everythingTraceable(kernel, backend);
  const states = new Map<string, TraceableFunction>();
  for (const group of manifest.groups) {
    for (const { name, skbPosition, egress } of group.functions) {
      const known = states.get(name);
      if (known !== undefined) states.set(name, withEgress(known, egress));
      else states.set(name, stateOf({ name, skbPosition, egress, group: group.name }, kernel, backend, hint));
    }
  }
  return [...states.values()];
}

/** The manifest `all`: what cannot be traced does not belong to it. */
function everythingTraceable(kernel: Kernel, backend: BackendName): TraceableFunction[] {
  if (backend === "tracepoint") return tracepointStates(kernel);
  return functionStates(withoutLeftOut(kernel.skbFunctions()), kernel, backend).filter(isAttachable);
}

function functionStates(names: readonly string[], kernel: Kernel, backend: BackendName): TraceableFunction[] {
  return names.map((name) => stateOf({ name, skbPosition: 0, egress: false, group: "" }, kernel, backend, noHint));
}

function tracepointStates(kernel: Kernel): TraceableFunction[] {
  return kernel.tracepoints().map(({ name, position: skbPosition, module }) => ({
    name: TRACEPOINT + name,
    group: ALL_TRACEPOINTS_GROUP,
    module,
    skbPosition,
    egress: false,
    state: FunctionState.FUNCTION_STATE_ATTACHABLE,
    reason: "",
  }));
}

function isAttachable({ state }: TraceableFunction): boolean {
  return state === FunctionState.FUNCTION_STATE_ATTACHABLE;
}

function namesTracepoints({ groups }: Manifest): boolean {
  return groups.some(({ functions }) => functions.some(({ name }) => name.startsWith(TRACEPOINT)));
}

function toTraced(one: TraceableFunction, index: number, begins: NameMatcher): TracedFunction {
  const { name, skbPosition: position, egress, group, module } = one;
  const base = { id: index + 1, name, position, egress, group, module, followOnly: !(canBegin(name) && begins(name)) };
  return name.startsWith(TRACEPOINT) ? { ...base, tracepoint: name.slice(TRACEPOINT.length) } : base;
}
