import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./temporary-folder.js";

/** Options of a server that measures whenever a trace asks for it: it keeps the capability that this needs. */
export function mayMeasure(context: TestContext): string[] {
  const config = join(temporaryFolder(context), "config.yaml");
  writeFileSync(config, "security:\n  dropCapabilities: false\n");
  return ["--config", config];
}
