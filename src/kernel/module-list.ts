/** The kernel modules that are loaded, and what depends on them. */
import { readFileSync } from "node:fs";

/** As `read`, which is asked again when kernel modules have come or gone. */
export function whileSameModules<T>(read: (modules: readonly string[]) => T): () => T {
  let kept: { key: string; value: T } | undefined;
  return () => {
    const modules = loadedModules();
    const key = modules.map(({ name, address }) => `${name} ${address}`).join("\n");
    if (kept?.key !== key) kept = { key, value: read(modules.map(({ name }) => name)) };
    return kept.value;
  };
}

/**
 * A line of /proc/modules is `name size users user,user, state address`. Users come and go all
 * the time; a module that was loaded anew has another address.
 */
function loadedModules(): { name: string; address: string }[] {
  return readModuleList()
    .split("\n")
    .flatMap((line) => {
      const [name = "", , , , state, address = ""] = line.split(" ");
      return state === "Live" ? [{ name, address }] : [];
    });
}

/** Empty for a kernel without modules. */
function readModuleList(): string {
  try {
    return readFileSync("/proc/modules", "latin1");
  } catch {
    return "";
  }
}
