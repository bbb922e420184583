/** The modules that come with ipftrace: examples/modules. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean } from "../filter/nearest.js";
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import { loadModuleFile } from "./load.js";

/** src/module and dist/module are both two levels below the root of the package. */
const directory = fileURLToPath(new URL("../../examples/modules", import.meta.url));

/** Their names, sorted. */
export function shippedModuleNames(): string[] {
  return readdirSync(directory)
    .flatMap((file) => /^([a-z0-9-]+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/**
 * One of them. The name may come from a remote client: only names of {@link shippedModuleNames} are
 * looked up, never paths.
 */
export function loadShippedModule(name: string): Parsed<Module> {
  const names = shippedModuleNames();
  if (names.includes(name)) return { value: loadModuleFile(join(directory, `${name}.yaml`)).module };
  return { error: `there is no module ${quote(name)}${didYouMean(name, names)}: the modules are ${names.join(", ")}` };
}
