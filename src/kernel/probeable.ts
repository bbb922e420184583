/** What the kernel's function tracer can trace: the list available_filter_functions of tracefs. */
import { readFileSync } from "node:fs";
import { tracefsPath } from "./trace-event.js";

/** Behind the name of a function that the compiler changed: `ip_rcv_finish_core.isra.0`. */
const COMPILER_SUFFIX = /\.(isra|constprop|part|cold|llvm)\./;

/** Functions that can be traced. */
export interface Probeable {
  /** Names, with the module that holds each. */
  readonly modules: ReadonlyMap<string, string>;
  /** Names that several functions have, with their number: static functions of the same name. */
  readonly repeated: ReadonlyMap<string, number>;
  /** By its plain name: what the compiler made of a function of which it left nothing else. */
  readonly changed: ReadonlyMap<string, string>;
}

/** Undefined where the kernel does not tell: no tracefs, no permission, or locked down. */
export function readProbeable(): Probeable | undefined {
  const path = tracefsPath();
  if (path === undefined) return undefined;
  try {
    return parseProbeable(readFileSync(`${path}/available_filter_functions`, "latin1"));
  } catch {
    return undefined;
  }
}

/** Reads the text of the list. A line is `function`, or `function [module]`. */
export function parseProbeable(text: string): Probeable {
  const modules = new Map<string, string>();
  const repeated = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const space = line.indexOf(" ");
    const name = space < 0 ? line : line.slice(0, space);
    if (modules.has(name)) repeated.set(name, (repeated.get(name) ?? 1) + 1);
    else modules.set(name, space < 0 ? "vmlinux" : line.slice(space + 2, -1));
  }
  return { modules, repeated, changed: changedNames(modules) };
}

function changedNames(modules: ReadonlyMap<string, string>): Map<string, string> {
  const changed = new Map<string, string>();
  for (const name of modules.keys()) {
    const at = name.indexOf(".") < 0 ? -1 : name.search(COMPILER_SUFFIX);
    if (at > 0 && !modules.has(name.slice(0, at))) changed.set(name.slice(0, at), name);
  }
  return changed;
}
