/** The tools that ipftrace is compared with. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FETCH = fileURLToPath(new URL("peers", import.meta.url));

/** Where the tools are, and which versions of them; fetches them when they are not there. */
export function peers(): { folder: string; versions: Record<string, string> } {
  const folder = execFileSync(FETCH, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  const lines = readFileSync(join(folder, "versions"), "utf8").trim().split("\n");
  return { folder, versions: Object.fromEntries(lines.map((line) => line.split(" ") as [string, string])) };
}
