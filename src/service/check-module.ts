/** The RPC CheckModule. */
import type { Collector } from "../collector/collector.js";
import { IpftraceError } from "../errors.js";
import type { CheckModuleRequest, CheckModuleResponse } from "../gen/ipftrace/v1/trace_service.js";
import { moduleFaults } from "../module/check.js";
import { type Access, refuseCode } from "./access.js";

/** What a module is on this kernel. @throws IpftraceError INVALID_INPUT for its form, FORBIDDEN for code from afar */
export async function checkModule(
  collector: Pick<Collector, "checkModule">,
  { module }: CheckModuleRequest,
  access: Access,
): Promise<CheckModuleResponse> {
  if (module === undefined) throw IpftraceError.invalid([{ field: "module", description: "give one" }]);
  refuseCode([module], access);
  const violations = [...moduleFaults(module, "module")];
  if (violations.length > 0) throw IpftraceError.invalid(violations);
  return { module: await collector.checkModule(module) };
}
