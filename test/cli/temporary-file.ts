import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Writes a file that lives as long as the test, and gives its path. */
export function temporaryFile(context: TestContext, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "ipftrace-cli-"));
  context.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
