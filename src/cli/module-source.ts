/** What -m means: a file, which is read here, or compiled, or the name of a module that ipftrace comes with. */

import { printable } from "../client/printable.js";
import { didYouMean } from "../filter/nearest.js";
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import { shippedModuleNames } from "../module/library.js";
import { loadModuleFile } from "../module/load.js";
import { loadObjectFile } from "../module/object-file.js";
import { compileModule } from "./compile-module.js";
import type { Io } from "./io.js";
import { isFile } from "./manifest-source.js";
import type { ModuleSources } from "./request.js";

/** The original's modules were Python modules in a folder of that name: `-m modules.gso`. */
const ORIGINAL_PREFIX = /^modules\./;

/**
 * The modules as a request carries them: files inline, shipped ones by name. A server elsewhere may
 * have more than are shipped here, so with `server` any bare name is left for it to judge. Warnings
 * about a file go to standard error.
 *
 * The error is for a name that is neither; a file that cannot be used throws an IpftraceError.
 */
export function resolveModules(
  names: readonly string[],
  server: string | undefined,
  { err }: Pick<Io, "err">,
): Parsed<ModuleSources> {
  const found: ModuleSources = { moduleNames: [], modules: [] };
  for (const given of names) {
    const name = given.replace(ORIGINAL_PREFIX, "");
    if (isFile(given)) found.modules.push(readModule(given, { err }));
    else if (isKnown(name, server)) found.moduleNames.push(name);
    else return { error: neither(name) };
  }
  return { value: found };
}

/**
 * The module in a file: C source (.c), which is compiled, an object file (.o), or else YAML. Warnings
 * go to standard error. @throws IpftraceError INVALID_INPUT with what is wrong with the file
 */
export function readModule(path: string, { err }: Pick<Io, "err">): Module {
  if (path.endsWith(".o")) return loadObjectFile(path);
  const { module, warnings } = path.endsWith(".c") ? compileModule(path) : loadModuleFile(path);
  for (const warning of warnings) err.write(`ipftrace: warning: ${printable(warning)}\n`);
  return module;
}

function isKnown(name: string, server: string | undefined): boolean {
  return shippedModuleNames().includes(name) || (server !== undefined && /^[\w-]+$/.test(name));
}

function neither(name: string): string {
  const names = shippedModuleNames();
  const what = "no such file, and no shipped module of that name";
  return `-m ${quote(name)}: ${what}${didYouMean(name, names)} (shipped: ${names.join(", ")})`;
}
