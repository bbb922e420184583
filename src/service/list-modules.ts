/** The RPC ListModules. */
import type { Collector } from "../collector/collector.js";
import type { ListModulesResponse } from "../gen/ipftrace/v1/trace_service.js";
import { loadShippedModule, shippedModuleNames } from "../module/shipped.js";

/** The modules that come with ipftrace, as this node's kernel has them. */
export async function listModules(collector: Pick<Collector, "modules">): Promise<ListModulesResponse> {
  const modules = shippedModuleNames().flatMap((name) => {
    const loaded = loadShippedModule(name);
    return "value" in loaded ? [loaded.value] : [];
  });
  return { modules: [...(await collector.modules(modules))] };
}
