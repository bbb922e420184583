/** The modules of a request: installed ones by name, then the client's own. */
import type { Violation } from "../errors.js";
import { quote } from "../filter/quote.js";
import type { TraceRequest } from "../gen/ipftrace/v1/trace_service.js";
import { loadInstalledModule } from "../module/library.js";
import { MAX_MODULES } from "../module/limits.js";
import type { NamedModule } from "../module/plan.js";
import { type Access, refuseCode } from "./access.js";

/** All of them; adds what is wrong with their names to `violations`. @throws IpftraceError FORBIDDEN */
export function modulesOf(
  { moduleNames, modules }: Pick<TraceRequest, "moduleNames" | "modules">,
  access: Access,
  violations: Violation[],
): NamedModule[] {
  refuseCode(modules, access);
  const count = moduleNames.length + modules.length;
  if (count > MAX_MODULES) {
    violations.push({
      field: "module_names",
      description: `${count} modules are asked for: ${MAX_MODULES} are the most`,
    });
    return [];
  }
  const found: NamedModule[] = [];
  for (const [index, name] of moduleNames.entries()) {
    const loaded = loadInstalledModule(name, access.moduleFolder);
    if ("error" in loaded) violations.push({ field: `module_names[${index}]`, description: loaded.error });
    else found.push({ path: `module_names[${index}]`, module: loaded.value });
  }
  for (const [index, module] of modules.entries()) found.push({ path: `modules[${index}]`, module });
  violations.push(...repeated(found));
  return found;
}

function* repeated(modules: readonly NamedModule[]): Generator<Violation> {
  const names = new Map<string, string>();
  for (const { path, module } of modules) {
    const first = names.get(module.name);
    if (first === undefined) names.set(module.name, path);
    else yield { field: path, description: `there are two modules ${quote(module.name)}, the first is ${first}` };
  }
}
