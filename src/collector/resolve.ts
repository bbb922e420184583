/** From the functions that a manifest names to those that this kernel and this backend can trace. */
import { nearest } from "../filter/nearest.js";
import { FunctionState, type Manifest, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { BackendName } from "../kernel/attach.js";
import type { Catalog } from "../kernel/catalog.js";
import type { TracedFunction } from "../kernel/traced-function.js";

const TRACEPOINT = "tracepoint:";
const ALL_TRACEPOINTS_GROUP = "tracepoints";

/**
 * Functions that free a packet. They need no egress mark: the end itself is seen right
 * after them, and tells more (a drop, and its reason).
 */
const FREEING = new Set(["kfree_skb", "kfree_skb_reason", "sk_skb_reason_drop", "consume_skb", "__kfree_skb"]);

/** The part of the catalogue that is asked here. */
type Kernel = Pick<Catalog, "skbPosition" | "skbFunctions" | "tracepoint" | "tracepoints" | "probeable">;

/** A manifest, as this kernel sees it. */
export interface Resolved {
  readonly traced: readonly TracedFunction[];
  readonly skipped: readonly TraceableFunction[];
}

/**
 * Splits a manifest into what can be traced and what cannot, with reasons.
 *
 * The tracepoint backend traces the tracepoints that the manifest names; when it names
 * none, it traces every tracepoint with an sk_buff.
 */
export function resolveManifest(manifest: Manifest, kernel: Kernel, backend: BackendName): Resolved {
  const all = statesOf(manifest, kernel, backend, noHint);
  const usable = all.filter(({ state }) => state === FunctionState.FUNCTION_STATE_ATTACHABLE);
  const skipped = all.filter(({ state }) => state !== FunctionState.FUNCTION_STATE_ATTACHABLE);
  const namesTracepoints = all.some(({ name }) => name.startsWith(TRACEPOINT));
  const traced = backend === "tracepoint" && !namesTracepoints ? tracepointStates(kernel) : usable;
  return { traced: traced.map(toTraced), skipped };
}

/** Every function of a manifest with its state here; for those not found with the nearest name. */
export function manifestStates(manifest: Manifest, kernel: Kernel, backend: BackendName): TraceableFunction[] {
  return statesOf(manifest, kernel, backend, nearestHint);
}

/** What to say about a name that was not found; `candidates` is costly, it reads all of BTF. */
type Hint = (name: string, candidates: () => readonly string[]) => string;

const noHint: Hint = () => "";

const nearestHint: Hint = (name, candidates) => {
  const [similar] = nearest(name, candidates());
  return similar === undefined ? "" : `; the nearest name is ${similar}`;
};

/** A function that is listed twice is told once. */
function statesOf(manifest: Manifest, kernel: Kernel, backend: BackendName, hint: Hint): TraceableFunction[] {
  const states = new Map<string, TraceableFunction>();
  for (const group of manifest.groups) {
    for (const { name, skbPosition, egress } of group.functions) {
      const known = states.get(name);
      if (known !== undefined) known.egress ||= egress && !FREEING.has(name);
      else states.set(name, stateOf({ name, skbPosition, egress, group: group.name }, kernel, backend, hint));
    }
  }
  return [...states.values()];
}

/** Everything that this kernel has: tracepoints, then functions, by name. */
export function kernelStates(kernel: Kernel, backend: BackendName): TraceableFunction[] {
  const functions = kernel.skbFunctions();
  const wanted = functions.map((name) => ({ name, skbPosition: 0, egress: false, group: "" }));
  return [...tracepointStates(kernel), ...wanted.map((one) => stateOf(one, kernel, backend, noHint))];
}

interface Wanted {
  readonly name: string;
  /** 0: to be found. */
  readonly skbPosition: number;
  readonly egress: boolean;
  readonly group: string;
}

function stateOf(wanted: Wanted, kernel: Kernel, backend: BackendName, hint: Hint): TraceableFunction {
  return wanted.name.startsWith(TRACEPOINT)
    ? tracepointState(wanted, kernel, hint)
    : functionState(wanted, kernel, backend, hint);
}

function tracepointState(wanted: Wanted, kernel: Kernel, hint: Hint): TraceableFunction {
  const tracepoint = kernel.tracepoint(wanted.name.slice(TRACEPOINT.length));
  if (tracepoint !== undefined) return attachable(wanted, tracepoint.position, "vmlinux");
  const names = (): string[] => kernel.tracepoints().map(({ name }) => TRACEPOINT + name);
  const reason = "no tracepoint of this kernel with an sk_buff has that name";
  return refuse(wanted, FunctionState.FUNCTION_STATE_NOT_FOUND, reason + hint(wanted.name, names));
}

function functionState(wanted: Wanted, kernel: Kernel, backend: BackendName, hint: Hint): TraceableFunction {
  const { name } = wanted;
  const probeable = kernel.probeable();
  const known = kernel.skbPosition(name);
  if (known === undefined && !probeable?.has(name)) {
    const reason = `this kernel has no such function${hint(name, () => kernel.skbFunctions())}`;
    return refuse(wanted, FunctionState.FUNCTION_STATE_NOT_FOUND, reason);
  }
  const position = known ?? wanted.skbPosition;
  if (position === 0) {
    return refuse(
      wanted,
      FunctionState.FUNCTION_STATE_NO_SKB_ARGUMENT,
      "none of its first five arguments is a struct sk_buff *",
    );
  }
  if (backend === "tracepoint") {
    return refuse(wanted, FunctionState.FUNCTION_STATE_NOT_PROBEABLE, "the tracepoint backend traces no functions");
  }
  if (probeable !== undefined && !probeable.has(name)) {
    return refuse(wanted, FunctionState.FUNCTION_STATE_NOT_PROBEABLE, "the kernel does not allow probes on it");
  }
  return attachable(wanted, position, probeable?.get(name) ?? "vmlinux");
}

function attachable(wanted: Wanted, skbPosition: number, module: string): TraceableFunction {
  const egress = wanted.egress && !FREEING.has(wanted.name);
  return { ...wanted, egress, skbPosition, module, state: FunctionState.FUNCTION_STATE_ATTACHABLE, reason: "" };
}

function refuse(wanted: Wanted, state: FunctionState, reason: string): TraceableFunction {
  return { ...wanted, module: "", state, reason };
}

function tracepointStates(kernel: Kernel): TraceableFunction[] {
  return kernel
    .tracepoints()
    .map(({ name, position }) =>
      attachable(
        { name: TRACEPOINT + name, skbPosition: position, egress: false, group: ALL_TRACEPOINTS_GROUP },
        position,
        "vmlinux",
      ),
    );
}

function toTraced(one: TraceableFunction, index: number): TracedFunction {
  const { name, skbPosition: position, egress, group, module } = one;
  const base = { id: index + 1, name, position, egress, group, module };
  return name.startsWith(TRACEPOINT) ? { ...base, tracepoint: name.slice(TRACEPOINT.length) } : base;
}
