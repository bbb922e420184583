/** The modules that a server has: those that come with ipftrace, and those that its operator has installed. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IpftraceError } from "../errors.js";
import { didYouMean } from "../filter/nearest.js";
import type { Parsed } from "../filter/parsed.js";
import { quote } from "../filter/quote.js";
import type { Module } from "../gen/ipftrace/v1/custom.js";
import { loadModuleFile } from "./load.js";
import { loadObjectFile, OBJECT_SUFFIX } from "./object-file.js";

/** src/module and dist/module are both two levels below the root of the package. */
const shippedFolder = fileURLToPath(new URL("../../examples/modules", import.meta.url));

const FILE = /^([\w-]{1,64})\.(yaml|bpf\.o)$/;

/** Names of the modules that come with ipftrace, sorted. */
export function shippedModuleNames(): string[] {
  return moduleNames(undefined);
}

/** Names of those and of the modules in a folder, sorted. @throws IpftraceError when it cannot be read. */
export function moduleNames(folder: string | undefined): string[] {
  return [...moduleFiles(folder).keys()].sort();
}

/**
 * One of them; that of the folder where both have the name. The name may come from a remote
 * client: only names of {@link moduleNames} are looked up, never paths.
 */
export function loadInstalledModule(name: string, folder: string | undefined): Parsed<Module> {
  const files = moduleFiles(folder);
  const path = files.get(name);
  if (path === undefined) {
    const names = [...files.keys()].sort();
    return {
      error: `there is no module ${quote(name)}${didYouMean(name, names)}: the modules are ${names.join(", ")}`,
    };
  }
  return readModule(path);
}

/** Modules by path, as they were read from a file of this state. */
const known = new Map<string, { readonly state: string; readonly module: Module }>();

/** Read again only where the file has changed: reading one takes as long as some hundred answers. */
function readModule(path: string): Parsed<Module> {
  const { mtimeNs, size, ino } = statSync(path, { bigint: true });
  const state = [mtimeNs, size, ino].join();
  const before = known.get(path);
  if (before?.state === state) return { value: before.module };
  try {
    const module = path.endsWith(OBJECT_SUFFIX) ? loadObjectFile(path) : loadModuleFile(path).module;
    known.set(path, { state, module });
    return { value: module };
  } catch (reason) {
    if (reason instanceof IpftraceError) return { error: reason.message };
    throw reason;
  }
}

/** Paths by name. Of a source and an object of one name the object is taken. */
function moduleFiles(folder: string | undefined): Map<string, string> {
  const folders = folder === undefined ? [shippedFolder] : [shippedFolder, folder];
  const files = folders.flatMap((one) =>
    filesOf(one)
      .sort()
      .reverse()
      .map((file) => [one, file] as const),
  );
  return new Map(
    files.flatMap(([one, file]) => {
      const name = FILE.exec(file)?.[1];
      return name === undefined ? [] : [[name, join(one, file)] as const];
    }),
  );
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (reason) {
    throw IpftraceError.from(reason, "NOT_FOUND", `the folder of modules ${quote(folder)} cannot be read`);
  }
}
