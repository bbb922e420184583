/** From the conditions of a trace to the functions that ask them in the kernel. */
import type { Instruction } from "../ebpf/instruction.js";
import type { Injected, Stub } from "../ebpf/patch.js";
import { IpftraceError } from "../errors.js";
import { compileCondition } from "../expression/condition.js";
import type { Catalog } from "../kernel/catalog.js";
import type { TraceSpec } from "./messages.js";

/** @throws IpftraceError INVALID_INPUT that shows where an expression is wrong */
export function compileConditions(spec: Pick<TraceSpec, "whereExpression">, catalog: Pick<Catalog, "types">): Injected {
  const injected = new Map<Stub, readonly Instruction[]>();
  if (spec.whereExpression !== "") {
    const compiled = compileCondition(spec.whereExpression, catalog.types());
    if ("error" in compiled) {
      throw IpftraceError.invalid([{ field: "filter.where_expression", description: compiled.error }]);
    }
    injected.set("where_matches", compiled.value);
  }
  return injected;
}
