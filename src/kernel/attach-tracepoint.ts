/** Backend tracepoint, and the tracepoints that a manifest names under any backend. */
import { messageOf } from "../errors.js";
import { libbpf } from "./libbpf.js";
import type { BpfObject } from "./object.js";
import type { Refused, TracedFunction } from "./traced-function.js";

/** Name of the program of slot `n`: bpf/tracepoints.h counts in octal. */
export function slotProgram(n: number): string {
  return `slot_0${n.toString(8)}`;
}

/** Attaches slot n to the n-th tracepoint. */
export function attachTracepoints(object: BpfObject, slots: readonly TracedFunction[]): Refused[] {
  const refused: Refused[] = [];
  for (const [n, traced] of slots.entries()) {
    try {
      attachRawTracepoint(object, slotProgram(n), traced.tracepoint ?? traced.name);
    } catch (reason) {
      refused.push({ function: traced, reason: messageOf(reason) });
    }
  }
  return refused;
}

/** Runs a program at a tracepoint. @throws NativeError when the kernel refuses. */
export function attachRawTracepoint(object: BpfObject, program: string, tracepoint: string): void {
  object.addLibbpfLink(
    `attach to tracepoint ${tracepoint}`,
    libbpf.attachRawTracepoint(object.program(program), tracepoint),
  );
}
