/** The programs that clients/LANGUAGE/check has left, as clients/README.md describes them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Running } from "../../test/helpers/processes.js";

/** Names of the programs. */
export type Example = "icmp" | "gso" | "count" | "session";

/** Where they are; empty when none were built. */
export const folder = process.env["IPFTRACE_CLIENTS"] ?? "";

/** Why there are none; undefined when there are. */
export function whyNoClients(): string | undefined {
  if (folder === "") return "run by scripts/clients, which builds the clients";
  return process.getuid?.() === 0 ? undefined : "needs root, to trace and to make network namespaces";
}

/** The languages that have a program, and its path. */
export function languagesWith(example: Example): Map<string, string> {
  const paths = readdirSync(folder).map((language) => [language, join(folder, language, example)] as const);
  return new Map(paths.filter(([, path]) => existsSync(path)));
}

/** Starts a program; ended at the latest with the test. */
function start(context: TestContext, program: string, words: readonly string[]): Running {
  const running = new Running(program, words);
  context.after(() => running.end("SIGKILL"));
  return running;
}

/** Starts a program of each language, and waits until all trace; `session` reads what others trace. */
export async function startAll(
  context: TestContext,
  example: Example,
  words: readonly string[],
): Promise<Map<string, Running>> {
  const all = new Map(
    [...languagesWith(example)].map(([language, program]) => [language, start(context, program, words)]),
  );
  if (example !== "session") for (const running of all.values()) await ready(running);
  return all;
}

/** Waits until a program, or the command line, traces. */
export function ready(running: Running): Promise<void> {
  return running.until(() => running.out.includes("Trace ready!\n"), "start");
}
