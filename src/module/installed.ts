/** What a module is on one kernel, for a listing. */
import type { TypeTable } from "../btf/type-table.js";
import { CustomSchema, type Module } from "../gen/ipftrace/v1/custom.js";
import type { InstalledModule } from "../gen/ipftrace/v1/trace_service.js";
import { planModules } from "./plan.js";

/** InstalledModule, with the reason where this kernel cannot do it. */
export function installedModule(table: TypeTable, module: Module): InstalledModule {
  const { name, description, match } = module;
  const plan = planModules(table, [{ path: "module", module }]);
  if ("violations" in plan) {
    const reason = plan.violations.map((one) => one.description.split("\n")[0]).join("; ");
    return { schema: CustomSchema.fromPartial({ name, description }), hopBytes: 0, match, reason };
  }
  return { schema: plan.schemas[0], hopBytes: plan.bytes, match, reason: "" };
}
