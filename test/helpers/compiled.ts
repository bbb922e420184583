/** Compiled modules for tests, made by the clang of this machine. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { compileModule } from "../../src/cli/compile-module.js";
import type { Module } from "../../src/gen/ipftrace/v1/custom.js";
import { temporaryFolder } from "./temporary-folder.js";

/** The example that does what the shipped module gso does. */
export const GSO_SOURCE = fileURLToPath(new URL("../../examples/modules/compiled/gso.bpf.c", import.meta.url));

/** The beginning of every source: the header, and a struct with one number. */
export const ONE_NUMBER = '#include "ipftrace_module.h"\nstruct values {\n\t__u32 a;\n};\n';

/** The module of a source, named after it. */
export function compiledFrom(context: TestContext, name: string, source: string): Module {
  const path = join(temporaryFolder(context), `${name}.bpf.c`);
  writeFileSync(path, source);
  return compileModule(path).module;
}
