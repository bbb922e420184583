/** Runs the commands of pages that ask a server, with `buf` of npm, in a folder that has what a checkout has. */
import { spawn } from "node:child_process";
import { cpSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { outputOf } from "../helpers/output-of.js";
import { temporaryFolder } from "../helpers/temporary-folder.js";
import { readPage, root } from "./files.js";

/** What a command printed, and said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The blocks of a page in one language, in their order. */
export function blocksOf(page: string, language: string): string[] {
  const fence = "```";
  const pattern = new RegExp(`^${fence}${language}\\n(.*?)^${fence}`, "gms");
  return [...readPage(page).matchAll(pattern)].map(([, block = ""]) => block);
}

/** A folder with the contract, for {@link run}. */
export function contractFolder(context: TestContext): string {
  const folder = temporaryFolder(context);
  for (const part of ["proto", "dist/contract.binpb"]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  return folder;
}

/** What a program makes of a text on its standard input. */
export async function run(words: readonly string[], input: string, folder: string): Promise<Said> {
  const path = `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  const [command = "", ...rest] = words;
  const child = spawn(command, rest, { cwd: folder, env: { ...process.env, PATH: path } });
  child.stdin.end(input);
  return outputOf(child);
}

/** A command of a page, with sockets in other places. */
export function runShell(script: string, sockets: Readonly<Record<string, string>>, folder: string): Promise<Said> {
  let text = script;
  for (const [shown, real] of Object.entries(sockets)) text = text.replaceAll(shown, real);
  return run(["bash", "-eu", "-o", "pipefail"], text, folder);
}
