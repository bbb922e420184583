/** The programs that clients/LANGUAGE/check has left, as clients/README.md describes them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Running } from "../../test/helpers/processes.js";

/** Names of the programs. */
export type Example = "icmp" | "gso" | "count" | "session";

const folder = process.env["IPFTRACE_CLIENTS"] ?? "";

/** Why there are none; undefined when there are. */
export function whyNoClients(): string | undefined {
  if (folder === "") return "run by scripts/clients, which builds the clients";
  return process.getuid?.() === 0 ? undefined : "needs root, to trace and to make network namespaces";
}

/** The languages whose clients were built, and have a program. */
function languages(example: Example): string[] {
  if (folder === "") return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, example)));
}

/** Starts a program; ended at the latest with the test. */
function start(context: TestContext, language: string, example: Example, words: readonly string[]): Running {
  const running = new Running(join(folder, language, example), words);
  context.after(() => running.end("SIGKILL"));
  return running;
}

/** Starts a program of each language, and waits until all trace; `session` reads what others trace. */
export async function startAll(
  context: TestContext,
  example: Example,
  words: readonly string[],
): Promise<Map<string, Running>> {
  const all = new Map(languages(example).map((language) => [language, start(context, language, example, words)]));
  if (example !== "session") for (const running of all.values()) await ready(running);
  return all;
}

/** Waits until a program, or the command line, traces. */
export function ready(running: Running): Promise<void> {
  return running.until(() => running.out.includes("Trace ready!\n"), "start");
}
