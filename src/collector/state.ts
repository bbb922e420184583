/** Whether one function can be traced on this kernel, and why not. */
import { nearest } from "../filter/nearest.js";
import { FunctionState, type TraceableFunction } from "../gen/ipftrace/v1/manifest.js";
import type { BackendName } from "../kernel/attach-request.js";
import type { FunctionTable } from "../kernel/function-table.js";
import type { Probeable } from "../kernel/probeable.js";

/** The part of the kernel's functions that is asked here. */
export interface Kernel
  extends Pick<FunctionTable, "skbPosition" | "skbFunctions" | "tracepoint" | "tracepoints" | "addresses"> {
  probeable(): Pick<Probeable, "get" | "count" | "changedName"> | undefined;
}

/** In front of the name of a tracepoint. */
export const TRACEPOINT = "tracepoint:";

/**
 * Functions that free a packet. They need no egress mark: the end itself is seen right
 * after them, and tells more (a drop, and its reason).
 */
const FREEING = new Set(["kfree_skb", "kfree_skb_reason", "sk_skb_reason_drop", "consume_skb", "__kfree_skb"]);

/**
 * Where the sk_buff may have been freed before the hit, so that nothing of it can be read and no journey begin:
 * net_dev_xmit comes after the driver has taken the packet (net/core/dev.c, xmit_one).
 */
const AFTER_THE_PACKET = new Set([`${TRACEPOINT}net_dev_xmit`]);

/** Whether a journey may begin at this function or tracepoint. */
export function canBegin(name: string): boolean {
  return !AFTER_THE_PACKET.has(name);
}

/** What to say about a name that was not found; `candidates` is costly, it reads all of BTF. */
export type Hint = (name: string, candidates: () => readonly string[]) => string;

/** For traces, which must start soon. */
export const noHint: Hint = () => "";

/** For listings. */
export const nearestHint: Hint = (name, candidates) => {
  const [similar] = nearest(name, candidates());
  return similar === undefined ? "" : `; the nearest name is ${similar}`;
};

/** One function that somebody wants to trace. */
interface Wanted {
  readonly name: string;
  /** 0: to be found. */
  readonly skbPosition: number;
  readonly egress: boolean;
  readonly group: string;
}

/** The state of a function or tracepoint. */
export function stateOf(wanted: Wanted, kernel: Kernel, backend: BackendName, hint: Hint): TraceableFunction {
  return wanted.name.startsWith(TRACEPOINT)
    ? tracepointState(wanted, kernel, hint)
    : functionState(wanted, kernel, backend, hint);
}

/** The same function after another mention, which may have an egress mark. */
export function withEgress(known: TraceableFunction, egress: boolean): TraceableFunction {
  return { ...known, egress: known.egress || (egress && !FREEING.has(known.name)) };
}

function tracepointState(wanted: Wanted, kernel: Kernel, hint: Hint): TraceableFunction {
  const tracepoint = kernel.tracepoint(wanted.name.slice(TRACEPOINT.length));
  if (tracepoint !== undefined) return attachable(wanted, tracepoint.position, tracepoint.module);
  const names = (): string[] => kernel.tracepoints().map(({ name }) => TRACEPOINT + name);
  const reason = "no tracepoint of this kernel with an sk_buff has that name";
  return refuse(wanted, FunctionState.FUNCTION_STATE_NOT_FOUND, reason + hint(wanted.name, names));
}

function functionState(wanted: Wanted, kernel: Kernel, backend: BackendName, hint: Hint): TraceableFunction {
  const { name } = wanted;
  const known = kernel.skbPosition(name, wanted.skbPosition);
  const module = kernel.probeable()?.get(name);
  if (known === undefined && module === undefined && kernel.probeable()?.changedName(name) === undefined) {
    const reason = `this kernel has no such function${hint(name, () => kernel.skbFunctions())}`;
    return refuse(wanted, FunctionState.FUNCTION_STATE_NOT_FOUND, reason);
  }
  const why = whyNotProbeable(name, known ?? wanted.skbPosition, kernel, backend);
  if (known === 0 || (known === undefined && wanted.skbPosition === 0 && why === undefined)) {
    return refuse(wanted, FunctionState.FUNCTION_STATE_NO_SKB_ARGUMENT, whyNoPosition(known));
  }
  if (why !== undefined) return refuse(wanted, FunctionState.FUNCTION_STATE_NOT_PROBEABLE, why);
  return attachable(wanted, known ?? wanted.skbPosition, module ?? "vmlinux");
}

function whyNoPosition(known: number | undefined): string {
  return known === 0
    ? "none of its first five arguments is a struct sk_buff *"
    : "this kernel does not tell the types of its arguments: give skb_pos in the manifest";
}

function whyNotProbeable(name: string, position: number, kernel: Kernel, backend: BackendName): string | undefined {
  if (backend === "tracepoint") return "the tracepoint backend traces no functions";
  const probeable = kernel.probeable();
  if (probeable === undefined) return undefined;
  const changed = probeable.changedName(name);
  if (changed !== undefined) {
    return `the compiler made ${changed} of it, whose arguments may be others; to trace that, list it by this name with its skb_pos`;
  }
  const copies = probeable.count(name);
  if (copies === 0) return "the kernel does not allow probes on it";
  if (copies === 1 || (backend === "kprobe-multi" && kernel.addresses(name, position).length > 0)) return undefined;
  return `this kernel has ${copies} functions of that name; only kprobe-multi tells them apart, from Linux 6.5 on x86`;
}

function attachable(wanted: Wanted, skbPosition: number, module: string): TraceableFunction {
  const egress = wanted.egress && !FREEING.has(wanted.name);
  return { ...wanted, egress, skbPosition, module, state: FunctionState.FUNCTION_STATE_ATTACHABLE, reason: "" };
}

function refuse(wanted: Wanted, state: FunctionState, reason: string): TraceableFunction {
  return { ...wanted, module: "", state, reason };
}
