/** The RPC ListModules. */
import type { Collector } from "../collector/collector.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import { InstalledModule, type ListModulesResponse } from "../gen/ipftrace/v1/trace_service.js";
import { loadInstalledModule, moduleNames } from "../module/library.js";
import type { Access } from "./access.js";

/** The modules of this server, as this node's kernel has them. */
export async function listModules(
  collector: Pick<Collector, "modules">,
  { moduleFolder }: Access,
): Promise<ListModulesResponse> {
  const found: Module[] = [];
  const unread: InstalledModule[] = [];
  for (const name of moduleNames(moduleFolder)) {
    const loaded = loadInstalledModule(name, moduleFolder);
    if ("value" in loaded) found.push(loaded.value);
    else unread.push(InstalledModule.fromPartial({ schema: { name }, reason: loaded.error }));
  }
  const modules = [...(await collector.modules(found)), ...unread];
  return { modules: modules.sort((a, b) => ((a.schema?.name ?? "") < (b.schema?.name ?? "") ? -1 : 1)) };
}
